/* Nothing typed is lost: where the text of a writing form lies, and sending it over a bad line.
   Loaded on writing pages, and where a sent form still waits. app.js keeps the copy on this
   device; here: status line · copy on the server · queue of sent forms · form without a line.
   Words come from <template id="keeping-words">. Works on what app.js gives as window.typed. */
"use strict";
(() => {
  const { store, parse, keep, say, mark, markedKey } = window.typed;
  const words = document.getElementById("keeping-words").dataset;
  const KEEP_MS = 15000; // between two copies on the server
  const ANSWER_MS = 30000; // a line that is silent for so long is cut
  const FIRST_PAUSE_MS = 2000, LAST_PAUSE_MS = 60000;
  const SPOKEN = new Set(["offline", "waiting", "sent", "signedout", "other", "refused", "closed", "large", "busy", "full"]);
  const place = document.querySelector("[data-no-line]"); // the page without a line
  let line = document.querySelector("[data-keeping]");
  let form = line && line.closest("form");
  let user = form ? userOf(form.dataset.keep) : "";

  function userOf(name) { return name.split(":")[0]; }

  /* The copy on the server is named as here, without whose it is and what it met in a conflict. */
  const formOf = (name) => name.split(":").slice(1, 3).join(":");
  function clock() {
    return new Date().toLocaleTimeString("en-GB", { timeZone: "Asia/Bangkok", hour: "2-digit", minute: "2-digit" });
  }
  function nonce() {
    return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /* ----- The status line ----- */

  function show(state, { time = clock(), href = "" } = {}) {
    if (!line) {
      line = document.createElement("p");
      line.className = "keeping keeping-alone";
      document.getElementById("main").prepend(line);
    }
    if (line.dataset.state !== state && SPOKEN.has(state)) say(words[state].replace("{time}", time));
    line.dataset.state = state;
    line.textContent = words[state].replace("{time}", time);
    if (!href) return;
    const link = document.createElement("a");
    link.href = href;
    link.textContent = state === "signedout" ? words.login : words.open;
    line.append(" ", link);
  }

  /* A text that the site does not take, by its title: its form opens again.  Where it may not
     (403), it is sent once more as the browser sends forms, and the page of answer says what
     else can be done.  The copy on this device outlives the button that ends the line. */
  function showRefused(item) {
    if (document.querySelector("article[data-unsent]")) { // this page is the answer
      if (line) line.remove();
      return;
    }
    const isClosed = item.refused === 403, [, title] = item.fields.find(([name]) => name === "title") || [];
    show(item.refused === 413 ? "large" : isClosed ? "closed" : "refused", { href: isClosed ? "" : item.page });
    if (title) line.prepend(`${title}: `);
    if (isClosed) act(words.again, () => ask().then((state) => (state ? sendAlone(item, state.csrf) : showSignedOut()), noLine));
    act(words.dismiss, () => {
      store.drop(queueKey(item.keep));
      if (line.classList.contains("keeping-alone")) { line.remove(); line = null; } else show("ready");
    });
  }

  function act(textContent, deed) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button button-link", textContent });
    button.addEventListener("click", deed);
    line.append(" ", button);
  }

  function sendAlone(item, csrf) {
    const alone = Object.assign(document.createElement("form"), { method: "post", action: item.to, hidden: true });
    for (const [name, value] of [...item.fields, ["action", item.action], ["press", item.press], ["csrf_token", csrf]]) {
      alone.append(Object.assign(document.createElement("textarea"), { name, value }));
    }
    document.body.append(alone);
    alone.submit();
  }

  function showSignedOut() {
    show("signedout", { href: `/account/login?next=${encodeURIComponent(location.pathname + location.search)}` });
  }

  /* ----- The line: every call ends, and failures are tried again with growing pauses ----- */

  let isCut = !navigator.onLine, pause = FIRST_PAUSE_MS, again = 0;

  async function call(path, options = {}) {
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(), ANSWER_MS);
    try {
      const answer = await fetch(path, { cache: "no-store", credentials: "same-origin", signal: end.signal, ...options });
      isCut = false;
      return answer;
    } finally { clearTimeout(timer); }
  }

  function later(ms = 0) {
    clearTimeout(again);
    again = setTimeout(tryAgain, ms || pause);
    pause = Math.min(2 * pause, LAST_PAUSE_MS);
  }
  function noLine() {
    isCut = true;
    show(queued().length ? "waiting" : "offline");
    later();
  }
  function tryAgain() {
    if (queued().some((item) => !item.refused)) flush();
    else if (place) goOn().catch(noLine);
    else if (form) push();
  }
  const waitOf = (answer) => Math.min(600, Number(answer.headers.get("Retry-After")) || 10) * 1000;

  window.addEventListener("offline", noLine);
  window.addEventListener("online", () => { pause = FIRST_PAUSE_MS; tryAgain(); });

  /* Who is logged in, a fresh CSRF token, and whether a form has arrived; null: nobody is. */
  async function ask(token = "", press = "") {
    const answer = await call(`/write/kept?${new URLSearchParams({ token, press })}`);
    if (answer.status === 401) return null;
    if (!answer.ok) throw new Error(String(answer.status));
    const state = await answer.json();
    for (const field of document.querySelectorAll("[name=csrf_token]")) field.value = state.csrf;
    return state;
  }

  /* ----- The copy on the server ----- */

  let dirty = false, keeping = null, timer = 0, hasRenewed = false;

  const fieldsOf = (of) => [...new FormData(of)].filter(([name, value]) =>
    typeof value === "string" && !["csrf_token", "press", "action"].includes(name));

  async function push() {
    clearTimeout(timer);
    timer = 0;
    if (!dirty || keeping || queued().length) return;
    dirty = false;
    keeping = new AbortController();
    try {
      const answer = await call(`/write/kept/${formOf(form.dataset.keep)}`, {
        method: "PUT",
        headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrf_token.value },
        body: JSON.stringify({ user, base: form.elements.base.value, fields: fieldsOf(form) }),
        signal: keeping.signal,
      });
      await afterPush(answer);
    } catch {
      dirty = true;
      if (!keeping.signal.aborted) noLine();
    }
    keeping = null;
  }

  async function afterPush(answer) {
    if (answer.ok) {
      pause = FIRST_PAUSE_MS;
      hasRenewed = false;
      return show("kept", { time: (await answer.json()).at });
    }
    if (answer.status === 403) return show("other");
    if (answer.status === 423) return show("closed"); // once sent, its page of answer says what else can be done
    if (answer.status === 413) return show("large");
    if (answer.status === 422) return show("refused");
    dirty = true;
    if (answer.status === 401) { showSignedOut(); return later(LAST_PAUSE_MS); }
    if (answer.status === 400) { // the token of the form has expired
      const state = hasRenewed ? null : await ask();
      hasRenewed = true;
      if (!state) return showSignedOut();
      return later(100);
    }
    show("busy");
    later(waitOf(answer));
  }

  /* ----- The queue: forms that were sent and have not arrived for certain ----- */

  const queueKey = (name) => `queue:${name}`;
  const queued = () => store.keys().filter((key) => key.startsWith("queue:"))
    .map((key) => parse(store.get(key))).filter(Boolean);
  const put = (item) => store.set(queueKey(item.keep), JSON.stringify(item));
  const isHere = (item) => form && form.dataset.keep === item.keep && form.elements.token.value === item.token;

  /* What stands in the queue now: the form may have been sent anew while ``item`` was on its way. */
  const newestOf = (item) => parse(store.get(queueKey(item.keep))) || item;
  const isNewest = (item) => newestOf(item).press === item.press;
  const isAlike = (some, others) => JSON.stringify(some) === JSON.stringify(others);

  function enqueue(action, waited = false) {
    return put({
      keep: form.dataset.keep, user, action, waited, press: nonce(),
      to: form.getAttribute("action"), page: location.pathname + location.search,
      token: form.elements.token.value, fields: fieldsOf(form),
    });
  }

  function finish(item, href) {
    const key = `kept:${item.keep}`;
    const kept = parse(store.get(key));
    if (kept && isAlike(kept.fields, item.fields)) store.drop(key); // another was typed on
    if (isNewest(item)) store.drop(queueKey(item.keep));
    sweepFiles();
    pause = FIRST_PAUSE_MS;
    const again = [...document.querySelectorAll("[data-unsent] [name=token]")].some((field) => field.value === item.token);
    if (again && !isHere(item)) { // this page asks to send what has arrived
      store.set("arrived", String(Date.now()));
      location.replace(href || "/drafts");
    }
    else if (item.waited || href) show("sent", { href });
    else if (form && line.dataset.state === "sending") show("ready");
  }

  /* Photos live as long as the copy of the text that they belong to. */
  function sweepFiles() {
    const copies = store.keys().filter((key) => /^(kept|queue):/.test(key)).map((key) => parse(store.get(key)));
    const tokens = copies.flatMap((copy) => (copy && copy.fields) || [])
      .filter(([name]) => name === "token").map(([, value]) => value);
    if (form) tokens.push(form.elements.token.value);
    window.files.sweep(() => tokens);
  }

  /* The photos of a form go first; one that is refused does not hold the text back. */
  async function sendFiles(item, csrf) {
    const files = await window.files.of(item.keep, item.token);
    const ids = [];
    for (const file of files) {
      try {
        const id = await window.files.send(file, csrf);
        if (id) ids.push(String(id));
      } catch (error) {
        if (error instanceof window.files.Broken) throw new Error(error.message === "busy" ? "503" : error.message);
        throw error;
      }
    }
    return ids;
  }

  let flushing = false, isMore = false; // pressed while others were on their way
  async function flush() {
    isMore = flushing;
    if (flushing) return;
    flushing = true;
    try {
      for (const item of queued()) if (!item.refused) await send(item);
    } catch (error) {
      for (const item of queued()) put({ ...item, waited: true });
      if (/^\d+$/.test(error.message)) { show("busy"); later(error.wait); } else noLine();
    }
    flushing = false;
    if (isMore) flush();
  }

  async function send(item) {
    if (isHere(item) && !isCut) show("sending");
    const state = await ask(item.token, item.press);
    if (!state) return isHere(item) && !item.sent ? submit(item, []) : showSignedOut();
    if (state.user !== item.user) return show("other");
    if (state.arrived) return finish(item);
    show("sending");
    const uploads = await sendFiles(item, state.csrf);
    return isHere(item) ? submit(item, uploads) : post(item, uploads, state.csrf);
  }

  /* The form of this page goes as the browser sends forms: its answer is the next page.
     It goes as it stands now, not as it was when its button was pressed. */
  function submit(asked, uploads) {
    const newest = newestOf(asked);
    const item = isAlike(newest.fields, fieldsOf(form)) ? newest : { ...newest, press: nonce() };
    const hide = (name, value) => form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    unpress();
    hide("action", item.action);
    hide("press", item.press);
    for (const id of uploads) if (!form.querySelector(`input[name=uploads][value="${id}"]`)) hide("uploads", id);
    if (keeping) keeping.abort();
    put({ ...item, fields: fieldsOf(form), sent: true });
    form.inert = true; // what is typed now would not be sent
    form.markSent();
    show("sending");
    HTMLFormElement.prototype.submit.call(form);
  }

  /* What tells of one press is not sent by the next, which may go as the browser sends forms. */
  function unpress() {
    for (const field of form.querySelectorAll("input[type=hidden][name=action],input[type=hidden][name=press]")) field.remove();
  }

  async function post(item, uploads, csrf) {
    const body = new URLSearchParams(item.fields);
    for (const id of uploads) if (!body.getAll("uploads").includes(id)) body.append("uploads", id);
    for (const [name, value] of [["action", item.action], ["press", item.press], ["csrf_token", csrf]]) body.set(name, value);
    const answer = await call(item.to, { method: "POST", body });
    if (answer.status === 429 || answer.status >= 500) {
      throw Object.assign(new Error(String(answer.status)), { wait: waitOf(answer) });
    }
    const state = await ask(item.token, item.press);
    if (!state) return showSignedOut();
    if (state.arrived) return finish(item, answer.redirected ? answer.url : "/drafts");
    if (isNewest(item)) put({ ...item, refused: answer.status });
    showRefused({ ...item, refused: answer.status });
  }

  /* ----- A writing form ----- */

  function lookOf(field) {
    const label = field.labels[0], star = label && label.querySelector(".required");
    if (!label) return [field.name, field.tagName, field.name];
    const needed = star ? star.textContent : "";
    return [field.name, field.tagName, label.textContent.replace(needed, "").trim(), needed];
  }

  function watch() {
    /* What is needed to show the form again without a line. */
    form.moreKept ||= () => ({
      to: form.getAttribute("action"),
      fields: fieldsOf(form),
      heading: document.querySelector("h1").textContent.trim(),
      look: [...form.querySelectorAll("textarea[name],input[type=text][name],input:not([type])[name]")].map(lookOf),
      buttons: [...form.querySelectorAll(".buttons button[name=action]:not([value=preview],[value$=next])")]
        .map((button) => [button.value, button.textContent.trim(), button.className]),
    });
    form.addEventListener("input", () => {
      dirty = true;
      timer ||= setTimeout(push, KEEP_MS);
    });
    form.addEventListener("kept", (event) => {
      const item = parse(store.get(queueKey(form.dataset.keep)));
      if (!event.detail) show("full");
      else if (item && isHere(item) && !item.sent) enqueue(item.action, item.waited); // typed on while it waits
      else if (isCut) show("offline");
      else if (line.dataset.state !== "kept") show("here");
    });
    form.addEventListener("submit", (event) => {
      const button = event.submitter;
      if (button && button.name !== "action") return;
      const action = button ? button.value : "draft";
      if (action === "preview") {
        if (isCut) { event.preventDefault(); show("nopreview"); }
        return;
      }
      if (!enqueue(action)) return; // no room on this device: as without JavaScript
      event.preventDefault();
      form.keepNow(); // once this has arrived, the copy on this device is known to be the same
      flush();
    });
    form.addEventListener("thrown", ({ detail }) => {
      const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
      call(`/write/kept/${formOf(detail)}/removal`, { method: "POST", body }).catch(() => {});
    });
    window.addEventListener("pageshow", () => { form.inert = false; unpress(); });
    window.addEventListener("pagehide", () => { // others need not wait; a form that is sent says so itself
      const name = form.dataset.keep.split(":")[1], csrf_token = form.elements.csrf_token.value;
      if (/^\d+$/.test(name) && !form.inert && !isCut) navigator.sendBeacon(`/write/kept/${name}/leaving`, new URLSearchParams({ csrf_token }));
    });
  }

  /* The server showed this very form again, with its faults or both texts: nothing waits. */
  function settle() {
    const token = form.elements.token.value; // beside both texts the form has another name
    for (const item of queued().filter((one) => one.sent && one.token === token)) {
      store.drop(queueKey(item.keep));
      form.keepNow();
    }
  }

  /* ----- Without a line: the form that was open here, or a new one ----- */

  let typedAt = 0;

  /* The line is back: the real page takes text and photos over. */
  async function goOn() {
    if (line && line.dataset.state === "sent") return;
    await ask();
    if (Date.now() - typedAt < 3000) { later(3000); return; }
    const key = form ? `kept:${form.dataset.keep}` : "";
    const copy = parse(store.get(key));
    if (!copy) location.reload();
    else if (mark(key)) location.replace(copy.page || copy.path);
  }

  function offline() {
    const kept = store.keys().filter((key) => key.startsWith("kept:"))
      .map((key) => [key.slice(5), parse(store.get(key))]).filter(([, copy]) => copy && copy.look);
    kept.sort(([, a], [, b]) => b.at - a.at);
    const marked = kept.find(([name]) => `kept:${name}` === markedKey());
    mark("");
    const here = marked || kept.find(([, copy]) => copy.path === location.pathname);
    const who = store.get("who");
    const isNew = location.pathname.startsWith("/write") && who;
    if (here) build(...here);
    else if (isNew) {
      const asked = location.pathname.split("/")[2], what = newForm(asked) ? asked : "story";
      const copy = blank(what);
      build(`${who}:${what}:${copy.fields[0][1]}`, copy);
    }
    const list = place.querySelector("[data-waiting]");
    for (const [name, copy] of kept.filter((one) => one !== here)) {
      const row = document.createElement("li"), link = document.createElement("a");
      link.href = copy.page || copy.path;
      link.addEventListener("click", () => mark(`kept:${name}`));
      link.textContent = (copy.fields.find(([name]) => name === "title") || [])[1] || copy.heading || copy.path;
      row.append(link, ` ${new Date(copy.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short", timeZone: "Asia/Bangkok" })}`);
      list.append(row);
    }
    list.parentElement.hidden = !list.children.length;
  }

  /* The form that is begun at /write/<what>, as far as it can be shown without a line. */
  const newForm = (what) => document.querySelector(`template[data-new="${what}"]`);
  const FIXED = {
    quick: [["form", "quick"], ["programs", "own-work"]],
    lesson: [["form", "full"], ["programs", "own-work"]],
  };

  function blank(what) {
    const { content, dataset } = newForm(what);
    const look = [...content.children].map((field) =>
      [field.dataset.name, field.dataset.tag, field.textContent.trim(), field.dataset.needed, field.dataset.type]);
    const button = dataset.publish ? ["publish", dataset.publish] : ["draft", words.draft];
    return {
      to: `/write/${what}`, look, values: [], isShort: "short" in dataset, buttons: [[...button, "button button-primary"]],
      fields: [["token", nonce()], ["base", "0"], ...FIXED[what] || []],
    };
  }

  /* What the page is: the form that was asked for. */
  function nameThePage(what, copy) {
    const begun = newForm(what), heading = begun ? begun.dataset.heading : copy.heading, title = document.querySelector("h1");
    if (!heading) return;
    title.textContent = `${heading} – ${title.textContent}`;
    document.title = `${heading} – ${document.title}`;
  }

  const MAIN = /^(title|years|body|happened|present|box_)/; // shown though empty
  const BESIDE = /^(consent_|proposed_program$)/; // filled in or typed, but nothing without what stands beside it

  function build(name, copy) {
    const texts = new Map(copy.look.map(([field]) => [field, ""]));
    const at = document.createElement("form");
    const add = (tag, fields, parent = at) => {
      const made = Object.assign(document.createElement(tag), fields);
      parent.append(made);
      return made;
    };
    at.className = "form form-wide";
    at.method = "post";
    at.setAttribute("action", copy.to);
    at.dataset.keep = name;
    add("input", { type: "hidden", name: "csrf_token" });
    for (const [field, value] of copy.fields) {
      if (texts.has(field)) texts.set(field, value);
      else add("input", { type: "hidden", name: field, value });
    }
    for (const [field, tag, label, needed, type] of copy.look) {
      const value = texts.get(field);
      const isAsked = MAIN.test(field) || (value.trim() && !BESIDE.test(field));
      if (!isAsked) { add("input", { type: "hidden", name: field, value }); continue; }
      const box = add("div", { className: "field" });
      const over = add("label", { htmlFor: `f-${field}`, className: "label", textContent: label }, box);
      if (needed) over.append(" ", Object.assign(document.createElement("span"), { className: "required", textContent: needed }));
      const made = add(tag, { id: `f-${field}`, name: field, className: "input", lang: "th" }, box);
      if (tag === "TEXTAREA") made.rows = 6; else if (type) made.type = type;
      made.value = value;
    }
    const what = name.split(":")[1];
    nameThePage(what, copy);
    place.querySelector("[data-short]").hidden = !copy.isShort;
    if (what !== "note") photos(add("div", { className: "field" }), at, name);
    const bar = add("div", { className: "buttons buttons-sticky" });
    for (const [value, textContent, className] of copy.buttons) {
      add("button", { type: "submit", name: "action", value, textContent, className }, bar);
    }
    line = add("p", { className: "keeping" }, bar);
    place.querySelector("[data-form]").append(at);
    form = at;
    user = userOf(name);
    const typed = new Map();
    form.moreKept = () => {
      for (const [field] of copy.look) if (at.elements[field]) typed.set(field, at.elements[field].value);
      return { ...copy, path: copy.path || copy.to, page: copy.page || copy.to, at: Date.now(), fields: fieldsOf(form), values: copy.values.length
        ? copy.values.map(([field, value]) => [field, typed.has(field) ? typed.get(field) : value])
        : [...typed] };
    };
    keep(form);
    form.addEventListener("input", () => { typedAt = Date.now(); });
  }

  /* Photos that are chosen without a line wait here like the text. */
  function photos(box, at, name) {
    const button = document.createElement("button"), field = document.createElement("input"), list = document.createElement("ul");
    Object.assign(button, { type: "button", textContent: words.photos, className: "button button-secondary" });
    Object.assign(field, { id: "pick-photos", type: "file", accept: "image/*", multiple: true, hidden: true });
    button.addEventListener("click", () => field.click());
    list.className = "upload-list";
    box.append(button, field, list);
    const rows = new Map();
    const row = (file) => {
      const item = document.createElement("li");
      item.append(`${file.name} – `, Object.assign(document.createElement("span"), { textContent: words.waits }));
      rows.set(file.id, item.lastChild);
      list.append(item);
    };
    field.addEventListener("change", () => {
      for (const one of field.files) {
        const file = window.files.made(one, "photo", name, at.elements.token.value);
        window.files.put(file).then(() => window.files.prepare(file)); // at once: this page may end
        row(file);
      }
      field.value = "";
      at.dispatchEvent(new Event("input", { bubbles: true }));
    });
    document.addEventListener("file", ({ detail }) => {
      if (rows.has(detail.id)) rows.get(detail.id).textContent =
        { sending: `${words.sending} ${detail.percent}%`, arrived: words.sent, refused: detail.record.fault }[detail.state] || words.waits;
    });
    window.files.of(name, at.elements.token.value).then((kept) => kept.forEach(row));
  }

  if (place) offline();
  if (form) { watch(); if (!place) settle(); }
  for (const item of queued()) if (words.arrived === `${item.press} ${item.token}`) finish(item);
  if (form && "goesOn" in form.dataset) { show("kept"); say(line.textContent); }
  sweepFiles();
  if (queued().some((item) => !item.refused)) flush();
  else if (place || isCut) noLine();
  else if (form && !line.textContent) show("ready"); // else it says already where the text is
  const refused = queued().find((item) => item.refused);
  if (refused && !place) showRefused(refused);
})();
