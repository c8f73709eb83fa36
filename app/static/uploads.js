/* Photos and files of the writing form: several at once, made smaller here, sent in parts.
   A part that is lost is sent again from where the server says it stands; one file that fails
   does not stop the others.  Texts come from the page (#upload-words, #upload-row). */
"use strict";
(() => {
  const panel = document.getElementById("uploads");
  if (!panel) return;
  const form = panel.closest("form");
  const words = document.getElementById("upload-words").dataset;
  const row = document.getElementById("upload-row");
  const list = panel.querySelector("[data-uploads]");
  const csrf = form.elements.csrf_token.value;

  const LONGEST = 2048; // pixels of the longer side; the server makes nothing larger
  const QUALITY = 0.85;
  const MOST_TRIES = 6; // of one part, before a person is asked
  const AT_ONCE = 2;
  const PREPARED_LOOKS = 20;

  const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });
  const say = (item, text) => { item.querySelector("[data-said]").textContent = text; };

  /* ----- What the server is asked ----- */

  class Refusal extends Error {} // its text is for people; trying again would not help
  class Broken extends Error {} // the line: trying again may help

  async function ask(method, url, body, signal, type) {
    const headers = { "X-CSRFToken": csrf, Accept: "application/json" };
    if (type) headers["Content-Type"] = type;
    let answer;
    try {
      answer = await fetch(url, { method, body, headers, signal, redirect: "manual" });
    } catch (error) {
      if (signal && signal.aborted) throw error;
      throw new Broken(words.broken);
    }
    if (answer.status === 409) return { ...(await answer.json().catch(() => ({}))), conflict: true };
    if (answer.status === 401 || answer.type === "opaqueredirect" || answer.status === 400) throw new Refusal(words.signedOut);
    if (answer.status === 429 || answer.status >= 500) {
      const error = new Broken(words.busy);
      error.pause = 1000 * Number(answer.headers.get("Retry-After") || 0);
      throw error;
    }
    const told = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refusal(told.error || words.failed);
    return told;
  }

  /* ----- Making a photo smaller ----- */

  async function smaller(file) {
    if (!/^image\//.test(file.type) || file.type === "image/gif" || !window.createImageBitmap) return file;
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(picture.width * scale));
      canvas.height = Math.max(1, Math.round(picture.height * scale));
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
      const type = file.type === "image/png" ? "image/png" : "image/jpeg";
      const made = await new Promise((done) => { canvas.toBlob(done, type, QUALITY); });
      return made && made.type === type && (made.size < file.size || scale < 1) ? made : file;
    } catch {
      return file; // the server knows more kinds, or says what is wrong
    }
  }

  /* Drawn at once from the local file; a canvas, because pages allow no blob: pictures. */
  async function thumbnail(file, holder) {
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const side = Math.min(picture.width, picture.height);
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = 144;
      canvas.className = "upload-canvas";
      canvas.getContext("2d").drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, 144, 144);
      picture.close();
      holder.append(canvas);
    } catch { /* a kind that this browser cannot draw */ }
  }

  /* ----- One file on its way ----- */

  class Sending {
    constructor(file, kind) {
      this.file = file;
      this.kind = kind;
      this.data = null; // what is sent: made smaller once
      this.token = "";
      this.offset = 0;
      this.item = row.content.firstElementChild.cloneNode(true);
      this.find("[data-name]").textContent = file.name;
      this.find("[data-size]").textContent = size(file.size);
      this.find("[data-cancel]").addEventListener("click", () => this.cancel());
      this.find("[data-retry]").addEventListener("click", () => this.again());
      if (kind === "photo") {
        thumbnail(file, this.find(".upload-thumb"));
        this.listenToWords();
      }
      list.append(this.item);
    }

    find(selector) { return this.item.querySelector(selector); }

    async run() {
      this.stop = new AbortController();
      this.find("[data-retry]").hidden = true;
      this.find("[data-progress]").hidden = false;
      this.find("[data-cancel]").hidden = false;
      try {
        if (this.file.size > Number(panel.dataset.most) && this.kind === "file") throw new Refusal(words.tooBig);
        if (!this.data) {
          say(this.item, words.shrinking);
          this.data = this.kind === "photo" ? await smaller(this.file) : this.file;
          this.find("[data-size]").textContent = size(this.data.size);
        }
        if (this.data.size > Number(panel.dataset.most)) throw new Refusal(words.tooBig);
        say(this.item, words.sending);
        this.arrived(await this.send());
      } catch (error) {
        if (this.stop.signal.aborted) return;
        if (error instanceof Refusal) { this.token = ""; this.offset = 0; } // the server kept nothing
        this.item.classList.add("upload-failed");
        say(this.item, error instanceof Refusal || error instanceof Broken ? error.message : words.failed);
        this.find("[data-retry]").hidden = false;
      }
    }

    /* Every question is asked again while the line is bad; none does harm when asked twice. */
    async trying(question) {
      for (let tries = 1; ; tries += 1) {
        try {
          return await question();
        } catch (error) {
          if (!(error instanceof Broken) || tries >= MOST_TRIES) throw error;
          say(this.item, error.message);
          await wait(Math.max(error.pause || 0, Math.min(15000, 400 * 2 ** tries)));
          if (this.stop.signal.aborted) throw error;
        }
      }
    }

    async send() {
      const signal = this.stop.signal;
      if (!this.token) {
        const about = new URLSearchParams({ name: this.file.name, size: this.data.size, kind: this.kind });
        const begun = await this.trying(() => ask("POST", "/uploads/parts", about, signal));
        this.token = begun.token;
        this.part = begun.part;
      }
      const url = `/uploads/parts/${this.token}`;
      this.show();
      while (this.offset < this.data.size) {
        const told = await this.trying(async () => {
          try {
            const piece = this.data.slice(this.offset, this.offset + this.part);
            return await ask("PUT", `${url}?offset=${this.offset}`, piece, signal, "application/octet-stream");
          } catch (error) {
            // The part may have arrived though its answer did not.
            if (error instanceof Broken) {
              const here = await ask("GET", url, undefined, signal).catch(() => null);
              if (here && here.offset > this.offset) return here;
            }
            throw error;
          }
        });
        this.offset = told.offset;
        say(this.item, words.sending);
        this.show();
      }
      const done = await this.trying(() => ask("POST", `${url}/finish`, undefined, signal));
      if (done.conflict) throw new Broken(words.broken);
      return done;
    }

    show() {
      const percent = this.data.size ? Math.floor((100 * this.offset) / this.data.size) : 100;
      this.find("progress").value = percent;
      this.find("[data-percent]").textContent = `${percent}%`;
    }

    arrived(told) {
      this.id = told.id;
      this.item.classList.remove("upload-failed");
      this.item.dataset.upload = told.id;
      this.item.dataset.kind = told.kind;
      this.item.dataset.name = told.name;
      this.find("[data-progress]").hidden = true;
      this.find("[data-cancel]").hidden = true;
      const chosen = document.createElement("input");
      chosen.type = "hidden";
      chosen.name = "uploads";
      chosen.value = told.id;
      this.item.append(chosen);
      say(this.item, words.preparing);
      if (this.kind === "photo") {
        this.find("[data-put]").hidden = false;
        this.find("[data-about]").hidden = false;
      }
      panel.dispatchEvent(new CustomEvent("upload-arrived", { bubbles: true, detail: told }));
      this.watch();
    }

    async watch() {
      for (let looks = 0; looks < PREPARED_LOOKS; looks += 1) {
        await wait(Math.min(10000, 800 * 1.5 ** looks));
        const told = await ask("GET", `/uploads/${this.id}/state`).catch(() => null);
        if (told && told.state === "ready") return say(this.item, words.done);
        if (told && told.error) {
          this.item.classList.add("upload-failed");
          this.item.querySelector("input[name=uploads]").remove();
          return say(this.item, told.error);
        }
      }
    }

    listenToWords() {
      const about = this.find("[data-about]");
      for (const label of about.querySelectorAll("[data-for]")) {
        const field = about.querySelector(`[data-${label.dataset.for}]`);
        field.id = `upload-${label.dataset.for}-${(Sending.count += 1)}`;
        label.htmlFor = field.id;
      }
      about.addEventListener("change", async () => {
        const alt = about.querySelector("[data-alt]").value;
        const sent = new URLSearchParams({ alt, consent: about.querySelector("[data-consent]").value });
        if (about.querySelector("[data-child]").checked) sent.set("child", "1");
        try {
          await this.trying(() => ask("POST", `/uploads/${this.id}/edit`, sent));
          say(this.item, words.saved);
        } catch {
          say(this.item, words.unsaved);
        }
      });
      /* Enter in these fields must not send the whole form. */
      about.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && event.target.matches("[data-alt]")) { event.preventDefault(); event.target.blur(); }
      });
    }

    cancel() {
      if (this.stop) this.stop.abort();
      if (this.token) ask("DELETE", `/uploads/parts/${this.token}`).catch(() => {}); // swept later
      this.item.remove();
      underWay.delete(this);
      next();
    }

    again() {
      this.item.classList.remove("upload-failed");
      waiting.push(this);
      next();
    }
  }
  Sending.count = 0;

  const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

  /* ----- The queue ----- */

  const waiting = [];
  const underWay = new Set();

  function next() {
    while (waiting.length && underWay.size < AT_ONCE) {
      const one = waiting.shift();
      underWay.add(one);
      one.run().finally(() => { underWay.delete(one); next(); });
    }
  }

  function take(files, kind) {
    for (const file of files) waiting.push(new Sending(file, kind));
    next();
  }

  for (const [button, picker, kind] of [["[data-pick-photos]", "pick-photos", "photo"], ["[data-pick-files]", "pick-files", "file"]]) {
    const field = document.getElementById(picker);
    panel.querySelector(button).addEventListener("click", () => field.click());
    field.addEventListener("change", () => { take([...field.files], kind); field.value = ""; });
  }
  panel.querySelector("[data-pick]").hidden = false;

  /* Photos that are pasted or dropped onto the text. */
  form.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData ? event.clipboardData.files : [])].filter((file) => /^image\//.test(file.type));
    if (files.length) { event.preventDefault(); take(files, "photo"); }
  });

  /* ----- Into the text, at the caret ----- */

  let last = null; // the text area that was written in last
  form.addEventListener("focusin", (event) => {
    if (event.target.tagName === "TEXTAREA" && !event.target.closest("#uploads")) last = event.target;
  });

  function put(item) {
    const field = last || form.querySelector("textarea[name=body], textarea[name^=box_]");
    if (!field) return;
    const described = item.querySelector("[data-alt]");
    const alt = ((described && described.value) || "").replace(/[[\]\n]/g, " ").trim();
    const at = field.selectionStart ?? field.value.length;
    const before = field.value.slice(0, at);
    const gap = before === "" || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
    const text = `${gap}![${alt}](upload:${item.dataset.upload})\n\n`;
    field.setRangeText(text, at, field.selectionEnd ?? at, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    const said = item.querySelector("[data-said]");
    if (said) said.textContent = words.inText;
    field.focus();
  }

  panel.addEventListener("click", (event) => {
    const button = event.target.closest("[data-put]");
    if (button) put(button.closest(".upload"));
  });
  for (const button of list.querySelectorAll("[data-put]")) button.hidden = false;

  window.addEventListener("beforeunload", (event) => {
    if (underWay.size || waiting.length) event.preventDefault();
  });
})();
