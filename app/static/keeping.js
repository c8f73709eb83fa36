/* Nothing typed is lost: where the text of a writing form lies, and sending it over a bad line.
   Loaded on writing pages, and where a sent form still waits. app.js keeps the copy on this
   device; here: status line · copy on the server · queue of sent forms · form without a line.
   Words come from <template id="keeping-words">. Works on what app.js gives as window.typed. */
"use strict";
(() => {
  const { store, parse, keep, say } = window.typed;
  const words = document.getElementById("keeping-words").dataset;
  const KEEP_MS = 15000; // between two copies on the server
  const ANSWER_MS = 30000; // a line that is silent for so long is cut
  const FIRST_PAUSE_MS = 2000, LAST_PAUSE_MS = 60000;
  const SPOKEN = new Set(["offline", "waiting", "sent", "signedout", "other", "refused", "large", "busy", "full"]);
  let line = document.querySelector("[data-keeping]");
  let form = line && line.closest("form");
  let user = form ? userOf(form.dataset.keep) : "";

  function userOf(name) { return name.split(":")[0]; }
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
      const answer = await call(`/write/kept/${form.dataset.keep.split(":")[1]}`, {
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

  function enqueue(action, waited = false) {
    return put({
      keep: form.dataset.keep, user, action, waited, at: Date.now(), press: nonce(),
      to: form.getAttribute("action"), page: location.pathname + location.search,
      token: form.elements.token.value, fields: fieldsOf(form),
    });
  }

  function finish(item, href) {
    const key = `kept:${item.keep}`;
    const kept = parse(store.get(key));
    if (kept && kept.at <= item.at + 1500) store.drop(key);
    store.drop(queueKey(item.keep));
    pause = FIRST_PAUSE_MS;
    if (item.waited || href) show("sent", { href });
  }

  let flushing = false;
  async function flush() {
    if (flushing) return;
    flushing = true;
    try {
      for (const item of queued()) if (!item.refused) await send(item);
    } catch (error) {
      for (const item of queued()) put({ ...item, waited: true });
      if (/^\d+$/.test(error.message)) { show("busy"); later(error.wait); } else noLine();
    }
    flushing = false;
  }

  async function send(item) {
    if (!isHere(item) || !isCut) show("sending");
    const state = await ask(item.token, item.press);
    if (!state) return isHere(item) && !item.sent ? submit(item) : showSignedOut();
    if (state.user !== item.user) return show("other");
    if (state.arrived) return finish(item);
    return isHere(item) ? submit(item) : post(item, state.csrf);
  }

  /* The form of this page goes as the browser sends forms: its answer is the next page. */
  function submit(item) {
    for (const [name, value] of [["action", item.action], ["press", item.press]]) {
      const field = form.querySelector(`input[type=hidden][name=${name}]`) || document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      form.append(field);
    }
    if (keeping) keeping.abort();
    put({ ...item, sent: true });
    form.inert = true; // what is typed now would not be sent
    form.markSent();
    show("sending");
    HTMLFormElement.prototype.submit.call(form);
  }

  async function post(item, csrf) {
    const body = new URLSearchParams(item.fields);
    for (const [name, value] of [["action", item.action], ["press", item.press], ["csrf_token", csrf]]) body.set(name, value);
    const answer = await call(item.to, { method: "POST", body });
    if (answer.status === 429 || answer.status >= 500) {
      throw Object.assign(new Error(String(answer.status)), { wait: waitOf(answer) });
    }
    const state = await ask(item.token, item.press);
    if (!state) return showSignedOut();
    if (state.arrived) return finish(item, answer.redirected ? answer.url : "/drafts");
    put({ ...item, refused: answer.status });
    show(answer.status === 413 ? "large" : "refused", { href: item.page });
  }

  /* ----- A writing form ----- */

  function watch() {
    store.set("who", user);
    /* What is needed to show the form again without a line. */
    form.moreKept ||= () => ({
      to: form.getAttribute("action"),
      fields: fieldsOf(form),
      look: [...form.querySelectorAll("textarea[name],input[type=text][name],input:not([type])[name]")]
        .map((field) => [field.name, field.tagName, field.labels[0] ? field.labels[0].textContent.trim() : field.name]),
      buttons: [...form.querySelectorAll(".buttons button[name=action]:not([value=preview])")]
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
      flush();
    });
    form.addEventListener("click", (event) => {
      if (!event.target.closest("[data-drop]")) return;
      const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
      call(`/write/kept/${form.dataset.keep.split(":")[1]}/removal`, { method: "POST", body }).catch(() => {});
    });
    window.addEventListener("pageshow", () => { form.inert = false; });
    if (navigator.serviceWorker) navigator.serviceWorker.register("/sw.js").catch(() => {});
  }

  /* The server showed this very form again, with its faults or both texts: nothing waits. */
  function settle() {
    for (const item of queued()) if (item.sent && isHere(item)) store.drop(queueKey(item.keep));
  }

  /* ----- Without a line: the form that was open here, or a new one ----- */

  function offline(place) {
    const kept = store.keys().filter((key) => key.startsWith("kept:"))
      .map((key) => [key.slice(5), parse(store.get(key))]).filter(([, copy]) => copy && copy.look);
    const here = kept.find(([, copy]) => copy.path === location.pathname);
    const who = store.get("who");
    const isNew = location.pathname.startsWith("/write") && who;
    if (here) build(place, ...here);
    else if (isNew) {
      const what = /quick|lesson/.test(location.pathname) ? "quick" : "story";
      build(place, `${who}:${what}`, blank(what));
    }
    const list = place.querySelector("[data-waiting]");
    for (const [, copy] of kept.filter((one) => one !== here)) {
      const row = document.createElement("li"), link = document.createElement("a");
      link.href = copy.path;
      link.textContent = (copy.fields.find(([name]) => name === "title") || [])[1] || copy.path;
      row.append(link);
      list.append(row);
    }
    list.parentElement.hidden = !list.children.length;
  }

  function blank(what) {
    const look = [...document.querySelector(`template[data-new=${what}]`).content.children]
      .map((field) => [field.dataset.name, field.dataset.tag, field.textContent.trim()]);
    const fixed = what === "quick" ? [["form", "quick"], ["programs", "own-work"]] : [];
    return {
      to: `/write/${what}`, look, values: [], buttons: [["draft", words.draft, "button button-primary"]],
      fields: [["token", nonce()], ["base", "0"], ...fixed],
    };
  }

  function build(place, name, copy) {
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
    for (const [field, tag, label] of copy.look) {
      const value = texts.get(field);
      const isAsked = /^(title|years|body|box_)/.test(field) || value.trim();
      if (!isAsked) { add("input", { type: "hidden", name: field, value }); continue; }
      const box = add("div", { className: "field" });
      add("label", { htmlFor: `f-${field}`, textContent: label }, box);
      const made = add(tag, { id: `f-${field}`, name: field, className: "input", value, lang: "th" }, box);
      if (tag === "TEXTAREA") made.rows = 6;
    }
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
      return { ...copy, path: copy.path || copy.to, fields: fieldsOf(form), values: copy.values.length
        ? copy.values.map(([field, value]) => [field, typed.has(field) ? typed.get(field) : value])
        : [...typed] };
    };
    keep(form);
  }

  const place = document.querySelector("[data-no-line]");
  if (place) offline(place);
  if (form) { if (!place) settle(); watch(); }
  if (queued().some((item) => !item.refused)) flush();
  else if (place || isCut) show("offline");
  else if (form) show("ready");
  const refused = queued().find((item) => item.refused);
  if (refused && !place) show("refused", { href: refused.page });
})();
