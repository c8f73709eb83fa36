/* Voice notes.  Where one is made (form#voice): recording, kept on this device until it has
   arrived and sent in parts (files.js).  Where one is typed ([data-sound]): slower, and back.
   Texts come from the page (#voice-words). */
"use strict";
(() => {
  /* ----- Listening while one types ----- */

  for (const box of document.querySelectorAll("[data-sound]")) {
    const audio = box.querySelector("audio");
    const speeds = [...box.querySelectorAll("[data-speed]")];
    box.querySelector("[data-speeds]").hidden = false;
    for (const button of speeds) {
      button.addEventListener("click", () => {
        audio.playbackRate = Number(button.dataset.speed);
        for (const one of speeds) one.setAttribute("aria-pressed", String(one === button));
      });
    }
    const back = box.querySelector("[data-back]");
    back.addEventListener("click", () => {
      audio.currentTime = Math.max(0, audio.currentTime - Number(back.dataset.back));
      if (audio.paused) audio.play().catch(() => {}); // there is nothing to hear yet
    });
  }

  /* ----- Recording: one for each draft lies on this device until it has arrived ----- */

  const form = document.getElementById("voice");
  if (!form) return;
  const { files } = window;
  const keep = `voice:${form.dataset.kept}`; // the account and the draft
  const MOST_MS = 3600000;
  const SLICE_MS = 5000; // so much is lost at most when the phone ends the page
  const MOST_BYTES = 0.95 * Number(form.dataset.most); // the last slice has room
  const BITS = 24000; // a second; speech needs no more
  const KINDS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
  const words = document.getElementById("voice-words").dataset;
  const find = (selector) => form.querySelector(selector);
  const say = (text) => { find("[data-said]").textContent = text; };
  const file = form.elements.sound;
  const player = find("[data-made] audio");
  let made = null; // the recording to be sent: a record of files.js
  let recorder = null, began = 0, clock = 0, address = "", ended = "";

  const canRecord = window.MediaRecorder && navigator.mediaDevices && navigator.mediaDevices.getUserMedia;
  if (canRecord) find("[data-recorder]").hidden = false;

  function showTime() {
    const seconds = Math.floor((Date.now() - began) / 1000);
    find("[data-time]").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (Date.now() - began >= MOST_MS) stop(words.longest);
  }

  const nameOf = (type) => {
    const ending = /mp4/.test(type) ? "m4a" : /ogg/.test(type) ? "ogg" : "webm";
    const [year, ...day] = new Date().toLocaleDateString("sv", { timeZone: "Asia/Bangkok" }).split("-");
    return `${words.name} ${[Number(year) + 543, ...day].join("-")}.${ending}`; // as Thai people date
  };

  function showMade(record, text) {
    made = record;
    if (address) URL.revokeObjectURL(address);
    address = record && record.data ? URL.createObjectURL(record.data) : "";
    if (address) player.src = address; else player.removeAttribute("src");
    find("[data-made]").hidden = !record;
    find("[data-file]").hidden = Boolean(record);
    find("[data-recorder]").hidden = !canRecord && !record;
    find("[data-start]").hidden = Boolean(record);
    find("[data-time]").hidden = Boolean(record);
    say(text);
  }

  /* One at a time: a second tap while the microphone is asked for begins no other. */
  async function start() {
    if (recorder && recorder.state !== "inactive") return;
    find("[data-start]").disabled = true;
    say(words.asking);
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      say(words.denied);
      return;
    } finally { find("[data-start]").disabled = false; }
    record(stream);
  }

  function record(stream) {
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS });
    const slices = [];
    const kept = files.made({ name: nameOf(recorder.mimeType) }, "voice", keep, "");
    recorder.addEventListener("dataavailable", (event) => {
      if (!event.data.size) return;
      slices.push(event.data);
      kept.data = new Blob(slices, { type: recorder.mimeType });
      files.put(kept);
      if (kept.data.size >= MOST_BYTES) stop(words.full);
    });
    recorder.addEventListener("stop", () => {
      clearInterval(clock);
      for (const track of stream.getTracks()) track.stop();
      find("[data-stop]").hidden = true;
      showMade(kept, ended);
      player.focus();
    });
    ended = words.made;
    recorder.start(SLICE_MS);
    began = Date.now();
    clock = setInterval(showTime, 250);
    form.elements.upload.value = "";
    find("[data-start]").hidden = true;
    find("[data-stop]").hidden = false;
    find("[data-stop]").focus();
    say(words.recording);
  }

  function stop(said) {
    if (!recorder || recorder.state === "inactive") return;
    ended = said;
    recorder.stop();
  }

  find("[data-start]").addEventListener("click", start);
  find("[data-stop]").addEventListener("click", () => stop(words.made));
  find("[data-discard]").addEventListener("click", () => {
    files.drop(made);
    showMade(null, "");
    find("[data-time]").textContent = "0:00";
    find("[data-start]").focus();
  });
  window.addEventListener("beforeunload", (event) => {
    if (recorder && recorder.state === "recording") event.preventDefault();
  });

  /* ----- Sending: first the recording in parts, then the form that names it ----- */

  const OF_LINE = { line: words.later, busy: words.busy, signedOut: words.signedOut };
  let waits = null; // what goes by itself when the line is back

  document.addEventListener("file", ({ detail }) => {
    const { state, percent } = detail;
    find("[data-progress]").hidden = state !== "sending";
    if (state === "sending") {
      find("[data-recorder]").hidden = false;
      find("[data-progress] progress").value = percent;
      find("[data-percent]").textContent = `${percent}%`;
    }
    say({ ...OF_LINE, line: words.broken, waiting: words.later, sending: words.sending }[state] || "");
  });

  async function go(record) {
    waits = null;
    say(words.sending);
    try {
      const id = await files.send(record, form.elements.csrf_token.value);
      if (!id) {
        await files.drop(record);
        showMade(null, record.fault === "failed" ? words.failed : record.fault);
        return;
      }
      say(words.arrived);
      form.elements.upload.value = id;
      HTMLFormElement.prototype.submit.call(form);
    } catch (error) {
      waits = record; // it lies on this device
      if (!made) showMade(record, "");
      say(OF_LINE[error.message] || words.failed);
    }
  }

  form.addEventListener("submit", (event) => {
    if (form.elements.upload.value) return; // it is there already
    event.preventDefault();
    const record = made || (file.files[0] && files.made(file.files[0], "voice", keep, ""));
    if (!record) { say(words.nothing); return; }
    if (record.data && record.data.size > Number(form.dataset.most)) { say(words.tooBig); return; }
    if (!form.elements.speaker.value.trim()) {
      form.elements.speaker.focus();
      say(words.nobody);
      return;
    }
    file.disabled = true; // it goes in parts
    go(record).finally(() => { file.disabled = false; });
  });
  window.addEventListener("online", () => { if (waits) go(waits); });

  /* What the draft has already, or the server refused, need not lie here any longer. */
  const there = form.dataset.there.split(" ");
  files.of(keep, "").then((kept) => {
    for (const one of kept) if (one.fault || there.includes(String(one.arrived))) files.drop(one);
    const left = kept.filter((one) => !one.fault && !there.includes(String(one.arrived))).pop();
    if (left && !made && !recorder && !form.elements.upload.value) showMade(left, words.kept);
  });
})();
