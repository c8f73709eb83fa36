/* Photos and files of the writing form, each with a row of its own: several at once, their words
   and consent, and putting them into the text.  files.js keeps and sends them; one that fails
   does not stop the others.  Texts come from the page (#upload-words, #upload-row). */
"use strict";
(() => {
  const panel = document.getElementById("uploads");
  if (!panel) return;
  const form = panel.closest("form");
  const words = document.getElementById("upload-words").dataset;
  const row = document.getElementById("upload-row");
  const list = panel.querySelector("[data-uploads]");
  const csrf = () => form.elements.csrf_token.value; // keeping.js renews it

  const { Refusal } = window.files;
  const AT_ONCE = 2;
  const PREPARED_LOOKS = 20;
  const LATE_MS = 30000; // until what broke off is tried again

  const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });
  const say = (item, text) => { item.querySelector("[data-said]").textContent = text; };

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

  /* ----- One file on its way: a record of files.js and its row ----- */

  class Row {
    constructor(record) {
      this.record = record;
      this.item = row.content.firstElementChild.cloneNode(true);
      this.find("[data-name]").textContent = record.name;
      if (record.data) {
        this.find("[data-size]").textContent = size(record.data.size);
        if (record.kind === "photo") thumbnail(record.data, this.find(".upload-thumb"));
      }
      this.find("[data-cancel]").addEventListener("click", () => this.cancel());
      this.find("[data-retry]").addEventListener("click", () => this.again());
      if (record.kind === "photo") this.listenToWords();
      list.append(this.item);
      rows.set(record.id, this);
    }

    find(selector) { return this.item.querySelector(selector); }

    async run() {
      this.show("shrinking");
      try {
        const record = this.record;
        if (!record.arrived && !record.fault) {
          if (record.kind === "file" && record.data.size > Number(panel.dataset.most)) throw new Refusal(words.tooBig);
          await window.files.prepare(record);
          this.find("[data-size]").textContent = size(record.data.size);
          if (record.data.size > Number(panel.dataset.most)) throw new Refusal(words.tooBig);
        }
        const id = await window.files.send(record, csrf());
        if (id) this.arrived(id); else this.show("refused");
      } catch (error) {
        if (!rows.has(this.record.id)) return; // cancelled
        if (error instanceof Refusal) {
          Object.assign(this.record, { fault: error.message });
          this.show("refused");
          return;
        }
        this.isLate = true; // it waits on this device, and goes on by itself
        this.find("[data-retry]").hidden = false;
        setTimeout(() => { if (this.isLate && rows.has(this.record.id)) this.again(); }, LATE_MS);
      }
    }

    /* state: one of the words of the page, or "refused" and "arrived" */
    show(state, percent = 0) {
      const isRefused = state === "refused", { fault } = this.record;
      const isFinal = isRefused && fault && fault !== "failed"; // the same file is refused again
      this.item.classList.toggle("upload-failed", isRefused);
      this.find("[data-retry]").hidden = !isRefused || isFinal;
      this.find("[data-progress]").hidden = state === "arrived" || isRefused;
      this.find("[data-cancel]").hidden = state === "arrived";
      this.find("[data-about]").hidden = isRefused || this.record.kind !== "photo";
      this.find("progress").value = percent;
      this.find("[data-percent]").textContent = `${percent}%`;
      say(this.item, isRefused ? (isFinal ? fault : words.failed) : words[state] || words.broken);
    }

    arrived(id) {
      this.id = id;
      this.item.dataset.upload = id;
      this.item.dataset.kind = this.record.kind;
      this.item.dataset.name = this.record.name;
      this.show("arrived");
      choose(id, this.item);
      say(this.item, words.preparing);
      if (this.record.kind === "photo") this.find("[data-put]").hidden = false;
      panel.dispatchEvent(new CustomEvent("upload-arrived", { bubbles: true }));
      this.watch();
    }

    async watch() {
      for (let looks = 0; looks < PREPARED_LOOKS; looks += 1) {
        await wait(Math.min(10000, 800 * 1.5 ** looks));
        const told = await window.files.ask("GET", `/uploads/${this.id}/state`, csrf()).catch(() => null);
        if (told && told.state === "ready") return say(this.item, words.done);
        if (told && told.error) {
          this.item.classList.add("upload-failed");
          this.item.querySelector("input[name=uploads]").remove();
          window.files.drop(this.record);
          return say(this.item, told.error);
        }
      }
    }

    /* Words and consent may be given while the photo still waits: they go along with it. */
    listenToWords() {
      const about = this.find("[data-about]");
      for (const label of about.querySelectorAll("[data-for]")) {
        const field = about.querySelector(`[data-${label.dataset.for}]`);
        field.id = `upload-${label.dataset.for}-${(Row.count += 1)}`;
        label.htmlFor = field.id;
      }
      const [alt, consent, child] = ["alt", "consent", "child"].map((name) => about.querySelector(`[data-${name}]`));
      if (this.record.about) {
        alt.value = this.record.about.alt;
        consent.value = this.record.about.consent;
        child.checked = this.record.about.child;
      }
      about.addEventListener("change", async () => {
        this.record.about = { alt: alt.value, consent: consent.value, child: child.checked };
        await window.files.put(this.record);
        if (!this.record.arrived) return;
        try {
          await window.files.describe(this.record, csrf());
          say(this.item, words.saved);
        } catch {
          say(this.item, words.unsaved);
        }
      });
      /* Enter in these fields must not send the whole form. */
      about.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && event.target === alt) { event.preventDefault(); alt.blur(); }
      });
    }

    cancel() {
      const { upload } = this.record;
      rows.delete(this.record.id);
      window.files.drop(this.record);
      if (upload) window.files.ask("DELETE", `/uploads/parts/${upload}`, csrf()).catch(() => {}); // swept later
      this.item.remove();
    }

    again() {
      Object.assign(this.record, { fault: "" });
      this.isLate = false;
      waiting.push(this);
      next();
    }
  }
  Row.count = 0;

  const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

  /* The form carries each upload once, whoever brought it there. */
  function choose(id, at) {
    if (form.querySelector(`input[name=uploads][value="${id}"]`)) return;
    at.append(Object.assign(document.createElement("input"), { type: "hidden", name: "uploads", value: id }));
  }

  document.addEventListener("file", (event) => {
    const one = rows.get(event.detail.id);
    if (one && event.detail.state !== "arrived") one.show(event.detail.state, event.detail.percent);
  });

  /* ----- The queue ----- */

  const rows = new Map();
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
    for (const file of files) {
      const record = window.files.made(file, kind, form.dataset.keep, form.elements.token.value);
      window.files.put(record); // at once: a phone may end this page at any time
      waiting.push(new Row(record));
    }
    form.dispatchEvent(new Event("input", { bubbles: true })); // the text that they belong to is kept with them
    next();
  }

  function bringBack(records) {
    for (const record of records) {
      const isShown = rows.has(record.id) || (record.arrived && list.querySelector(`[data-upload="${record.arrived}"]`));
      if (!isShown) waiting.push(new Row(record));
    }
    next();
  }

  /* The line is back: what broke off goes on by itself. */
  window.addEventListener("online", () => { for (const one of rows.values()) if (one.isLate) one.again(); });

  /* What waited for this form before: it is shown again after a fault, or was brought back. */
  window.files.of(form.dataset.keep, form.elements.token.value).then(bringBack);
  form.addEventListener("taken", async () => bringBack(await window.files.of(form.dataset.keep, form.elements.token.value)));

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
})();
