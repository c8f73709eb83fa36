/* Photos and files of a writing form on their way to the site: they wait on this device
   (IndexedDB) until they have arrived, and are sent in parts that go on where the line broke.
   A record belongs to one form (its token) and lives as long as the copy of the form's text. */
"use strict";
window.files = (() => {
  const LONGEST = 2048; // pixels of the longer side; the server makes nothing larger
  const QUALITY = 0.85;
  const MOST_TRIES = 6; // of one part, before the line counts as cut
  const ANSWER_MS = 60000; // a line that is silent for so long is cut
  const KEEP_MS = 8000; // a store that is silent for so long keeps nothing

  class Refusal extends Error {} // its text is for people; trying again would not help
  class Broken extends Error {} // the line, or a busy site: trying again may help

  const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });

  /* ----- What waits on this device ----- */

  const here = new Map(); // records of this page; all there is where a device keeps nothing
  const stops = new Map(); // what ends the sending of each
  let opened = null;

  function open() {
    opened ||= new Promise((done, fail) => {
      const asked = indexedDB.open("files", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("waiting", { keyPath: "id" });
      asked.onsuccess = () => {
        /* Another tab logs out and deletes it, which waits until every tab has let go. */
        asked.result.onversionchange = () => { asked.result.close(); opened = null; };
        done(asked.result);
      };
      asked.onerror = () => { opened = null; fail(asked.error); };
    });
    return opened;
  }

  /* The text that is sent with the files never waits for ever. */
  const work = (mode, deed) => Promise.race([
    inStore(mode, deed), wait(KEEP_MS).then(() => { throw new Error("silent"); }),
  ]);

  async function inStore(mode, deed) {
    const store = (await open()).transaction("waiting", mode);
    return new Promise((done, fail) => {
      const asked = deed(store.objectStore("waiting"));
      store.oncomplete = () => done(asked.result);
      store.onerror = store.onabort = () => fail(store.error);
    });
  }

  /* Returns whether the record will outlive this page. */
  async function put(record) {
    here.set(record.id, record);
    try { await work("readwrite", (store) => store.put(record)); return true; } catch { return false; }
  }

  async function drop(record) {
    here.delete(record.id);
    stops.get(record.id)?.abort();
    await work("readwrite", (store) => store.delete(record.id)).catch(() => {});
  }

  async function all() {
    const kept = await work("readonly", (store) => store.getAll()).catch(() => []);
    for (const record of kept) if (!here.has(record.id)) here.set(record.id, record);
    return [...here.values()].sort((a, b) => a.at - b.at);
  }

  /* A token is in one form alone; the name of its text may change. */
  const of = async (keep, token) => (await all()).filter((one) => one.token === token && (token || one.keep === keep));

  /* Forget what belongs to a text that is no longer kept on this device: it was saved,
     thrown away, or is too old.  tokensOf(keep): the tokens of the texts that are kept.
     A recording belongs to no form: it stays until it has arrived (voice.js). */
  async function sweep(tokensOf) {
    for (const one of await all()) {
      if (one.kind !== "voice" && !tokensOf(one.keep).includes(one.token)) await drop(one);
    }
  }

  /* A record of a file that was just chosen. */
  function made(file, kind, keep, token) {
    const id = [...crypto.getRandomValues(new Uint8Array(9))].map((byte) => byte.toString(36)).join("");
    return { id, keep, token, kind, name: file.name, data: file, isReady: kind !== "photo", at: Date.now(), upload: "", arrived: 0, fault: "", about: null };
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

  /* Make a record ready to be sent, and keep it on this device from now on. */
  async function prepare(record) {
    if (!record.isReady) Object.assign(record, { data: await smaller(record.data), isReady: true });
    return put(record);
  }

  /* ----- What the server is asked ----- */

  async function ask(method, url, csrf, { body, signal, type } = {}) {
    const headers = { "X-CSRFToken": csrf, Accept: "application/json" };
    if (type) headers["Content-Type"] = type;
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(), ANSWER_MS);
    signal?.addEventListener("abort", () => end.abort());
    const at = new URL(url, location.href);
    at.searchParams.set("lang", document.documentElement.lang); // in which a refusal is told
    let answer;
    try {
      answer = await fetch(at, { method, body, headers, signal: end.signal, redirect: "manual" });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Broken("line");
    } finally { clearTimeout(timer); }
    if (answer.status === 409) return { ...(await answer.json().catch(() => ({}))), conflict: true };
    if (answer.status === 401 || answer.type === "opaqueredirect" || answer.status === 400) throw new Broken("signedOut");
    if (answer.status === 429 || answer.status >= 500) {
      throw Object.assign(new Broken("busy"), { pause: 1000 * Number(answer.headers.get("Retry-After") || 0) });
    }
    const told = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refusal(told.error || "");
    return told;
  }

  /* Every question is asked again while the line is bad; none does harm when asked twice. */
  async function trying(record, question) {
    for (let tries = 1; ; tries += 1) {
      try {
        return await question();
      } catch (error) {
        if (!(error instanceof Broken) || error.message === "signedOut" || tries >= MOST_TRIES || !navigator.onLine) throw error;
        tell(record, error.message);
        await wait(Math.max(error.pause || 0, Math.min(15000, 400 * 2 ** tries)));
        if (stops.get(record.id).signal.aborted) throw error;
      }
    }
  }

  /* ----- Sending one record ----- */

  function tell(record, state, percent = 0) {
    document.dispatchEvent(new CustomEvent("file", { detail: { id: record.id, state, percent, record } }));
  }

  async function parts(record, csrf) {
    const signal = stops.get(record.id).signal, size = record.data.size;
    let offset = 0;
    if (record.upload) { // begun before: where does it stand?
      const told = await trying(record, () => ask("GET", `/uploads/parts/${record.upload}`, csrf, { signal }).catch((error) => {
        if (error instanceof Refusal) return null; // swept meanwhile
        throw error;
      }));
      if (told) offset = told.offset; else record.upload = "";
    }
    if (!record.upload) {
      const about = new URLSearchParams({ name: record.name, size, kind: record.kind });
      const begun = await trying(record, () => ask("POST", "/uploads/parts", csrf, { body: about, signal }));
      Object.assign(record, { upload: begun.token, part: begun.part });
      await put(record);
    }
    const url = `/uploads/parts/${record.upload}`;
    while (offset < size) {
      tell(record, "sending", Math.floor((100 * offset) / size));
      offset = (await trying(record, () => part(url, record, offset, csrf, signal))).offset;
    }
    tell(record, "sending", 100);
    const done = await trying(record, () => ask("POST", `${url}/finish`, csrf, { signal }));
    if (done.conflict) throw new Broken("line");
    return done;
  }

  async function part(url, record, offset, csrf, signal) {
    try {
      const body = record.data.slice(offset, offset + record.part);
      return await ask("PUT", `${url}?offset=${offset}`, csrf, { body, signal, type: "application/octet-stream" });
    } catch (error) {
      // The part may have arrived though its answer did not.
      const told = error instanceof Broken && await ask("GET", url, csrf, { signal }).catch(() => null);
      if (told && told.offset > offset) return told;
      throw error;
    }
  }

  async function describe(record, csrf) {
    if (!record.about || record.about.isSent) return;
    const { alt, consent, child } = record.about;
    const body = new URLSearchParams({ alt, consent, ...(child ? { child: "1" } : {}) });
    await trying(record, () => ask("POST", `/uploads/${record.arrived}/edit`, csrf, { body }));
    record.about.isSent = true;
    await put(record);
  }

  /* Two tabs do not send one record at the same time. */
  const alone = (record, deed) => (navigator.locks ? navigator.locks.request(`file-${record.id}`, deed) : deed());
  const underWay = new Map();

  /* Send a record; its number once it has arrived, 0 when it is refused.  Throws Broken. */
  function send(record, csrf) {
    if (!underWay.has(record.id)) {
      stops.set(record.id, new AbortController());
      const sending = alone(record, () => go(record, csrf)).finally(() => underWay.delete(record.id));
      underWay.set(record.id, sending);
    }
    return underWay.get(record.id);
  }

  async function go(record, csrf) {
    try {
      if (record.fault) return 0;
      if (!record.arrived) {
        await prepare(record);
        const told = await parts(record, csrf);
        Object.assign(record, { arrived: told.id, data: null });
        await put(record);
        tell(record, "arrived");
      }
      await describe(record, csrf);
      return record.arrived;
    } catch (error) {
      if (!(error instanceof Refusal)) { tell(record, error.message === "line" ? "waiting" : error.message); throw error; }
      if (record.arrived) return record.arrived; // its words were refused, the photo is there
      Object.assign(record, { fault: error.message || "failed", upload: "" }); // the server kept nothing
      await put(record);
      tell(record, "refused");
      return 0;
    }
  }

  return { made, of, put, drop, prepare, send, describe, sweep, ask, Refusal, Broken };
})();
