/* What pages gain where JavaScript runs; every page works without it.
   Texts come from the page (data-* attributes, <template>), so this file has no language.
   Order: display · keys · menus · copy and share · suggestions · fields · rows · kept text ·
   sending. */
"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const say = (text) => { document.getElementById("live").textContent = text; };

  /* A private window or a full disk may refuse storage: then nothing is remembered. */
  const store = {
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); return true; } catch { return false; } },
    drop(key) { try { localStorage.removeItem(key); } catch { /* nothing was kept */ } },
    keys() { try { return Object.keys(localStorage); } catch { return []; } },
  };

  /* ----- Display: letter size, light and shortcuts, kept on this device only ----- */

  const SETTINGS = { size: "m", theme: "auto", keys: "on" };
  const setting = (name) => store.get(`set:${name}`) || SETTINGS[name];

  function showSetting(name) {
    const value = setting(name);
    if (value === SETTINGS[name]) root.removeAttribute(`data-${name}`);
    else root.setAttribute(`data-${name}`, value);
    for (const button of all(`[data-set-${name}]`)) {
      button.setAttribute("aria-pressed", String(button.getAttribute(`data-set-${name}`) === value));
    }
  }

  for (const name of Object.keys(SETTINGS)) {
    showSetting(name);
    for (const button of all(`[data-set-${name}]`)) {
      button.addEventListener("click", () => {
        store.set(`set:${name}`, button.getAttribute(`data-set-${name}`));
        showSetting(name);
      });
    }
  }
  for (const row of all("[data-display]")) row.hidden = false;

  /* ----- Keys: data-shortcut="e", "ctrl+s", "ctrl+enter", "?"; "/" goes to the search box ----- */

  const isTyping = (target) =>
    target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return closeMenu(event);
    if (event.isComposing || event.altKey || setting("keys") === "off") return;
    const withCtrl = event.ctrlKey || event.metaKey;
    if (!withCtrl && isTyping(event.target)) return;
    if (!withCtrl && event.key === "/") {
      const box = document.getElementById("site-search");
      if (box) { event.preventDefault(); box.focus(); box.select(); }
      return;
    }
    /* With Ctrl by the place of the key: on a Thai keyboard the S gives another letter. */
    const letter = withCtrl && /^Key[A-Z]$/.test(event.code) ? event.code.slice(3) : event.key;
    const name = (withCtrl ? "ctrl+" : "") + (withCtrl && event.shiftKey ? "shift+" : "") + letter.toLowerCase();
    const target = all("[data-shortcut]").find((item) => item.dataset.shortcut.split(" ").includes(name));
    if (target) { event.preventDefault(); target.click(); }
  });

  /* ----- Menus: <details class="menu"> that close by themselves ----- */

  function closeMenu() {
    const open = document.querySelector(".menu[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  }
  document.addEventListener("click", (event) => {
    for (const menu of all(".menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  /* The strip of the main menu is narrower than its words on a phone: bring the current one in. */
  const current = document.querySelector(".site-menu [aria-current]");
  if (current) {
    const strip = current.closest("ul");
    strip.scrollLeft = current.offsetLeft + current.offsetWidth / 2 - strip.clientWidth / 2;
  }

  /* ----- Copy, share, print ----- */

  for (const button of all("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      const words = button.querySelector("span") || button;
      const before = words.textContent;
      words.textContent = button.dataset.done;
      say(button.dataset.done);
      setTimeout(() => { words.textContent = before; }, 3000);
    });
  }
  for (const button of all("[data-share]")) {
    if (!navigator.share) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      /* Closing the sheet without sharing is no fault. */
      navigator.share({ url: button.dataset.share, title: button.dataset.title }).catch(() => {});
    });
  }
  for (const button of all("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  /* ----- Suggestions: a list under a search box (ARIA: an editable combobox with a list) ----- */

  const SUGGEST_AFTER = 2; // letters
  const SUGGEST_PAUSE = 150; // milliseconds without a key
  const suggestWords = document.getElementById("suggest-words");

  /* The reader's choice of language and calendar is carried along, as in every link. */
  function carried(path) {
    const url = new URL(path, location.origin);
    const here = new URLSearchParams(location.search);
    for (const name of ["lang", "era"]) if (here.has(name)) url.searchParams.set(name, here.get(name));
    return url;
  }

  function suggestTo(box) {
    const words = suggestWords.dataset;
    const known = new Map(); // letters -> what was offered for them on this page
    const list = document.createElement("ul");
    let asking = null, timer = 0, active = -1;
    list.className = "suggestions";
    list.id = `${box.id}-suggestions`;
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", words.list);
    box.form.append(list);
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"],
      ["aria-haspopup", "listbox"], ["aria-expanded", "false"], ["aria-controls", list.id]]) {
      box.setAttribute(name, value);
    }

    function close() {
      clearTimeout(timer);
      if (asking) asking.abort();
      list.hidden = true;
      list.replaceChildren();
      active = -1;
      box.setAttribute("aria-expanded", "false");
      box.removeAttribute("aria-activedescendant");
    }

    function show(offered) {
      list.replaceChildren(...offered.map((one, i) => {
        const row = document.createElement("li");
        const text = document.createElement("span");
        const kind = document.createElement("span");
        row.id = `${list.id}-${i}`;
        row.dataset.href = one.url;
        row.setAttribute("role", "option");
        row.setAttribute("aria-selected", "false");
        text.lang = "th";
        text.textContent = one.text;
        kind.className = "suggestion-kind";
        kind.textContent = words[one.kind] || "";
        row.append(text, kind);
        return row;
      }));
      active = -1;
      box.removeAttribute("aria-activedescendant");
      list.hidden = offered.length === 0;
      box.setAttribute("aria-expanded", String(offered.length > 0));
      if (offered.length) say(words.said.replace("{n}", offered.length));
    }

    async function ask(letters) {
      if (asking) asking.abort();
      if (known.has(letters)) return show(known.get(letters));
      asking = new AbortController();
      const url = carried(box.dataset.suggest);
      url.searchParams.set("q", letters);
      try {
        const answer = await fetch(url, { signal: asking.signal, credentials: "omit" });
        if (!answer.ok) return;
        const offered = (await answer.json()).suggestions;
        known.set(letters, offered);
        if (box.value.trim() === letters && document.activeElement === box) show(offered);
      } catch { /* a newer letter, or no network: the box works without */ }
    }

    function go(row) { location.assign(carried(row.dataset.href)); }

    function move(step) {
      const rows = [...list.children];
      if (active >= 0) rows[active].setAttribute("aria-selected", "false");
      /* One step beyond either end lies the box itself. */
      active = (active + 1 + step + rows.length + 1) % (rows.length + 1) - 1;
      if (active < 0) { box.removeAttribute("aria-activedescendant"); return; }
      rows[active].setAttribute("aria-selected", "true");
      rows[active].scrollIntoView({ block: "nearest" });
      box.setAttribute("aria-activedescendant", rows[active].id);
    }

    box.addEventListener("input", () => {
      clearTimeout(timer);
      const letters = box.value.trim();
      if (letters.length < SUGGEST_AFTER) return close();
      timer = setTimeout(() => ask(letters), SUGGEST_PAUSE);
    });
    box.addEventListener("keydown", (event) => {
      if (list.hidden || event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        move(event.key === "ArrowDown" ? 1 : -1);
      } else if (event.key === "Enter" && active >= 0) {
        event.preventDefault();
        go(list.children[active]);
      } else if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation(); // the top layer only
        close();
      }
    });
    box.addEventListener("blur", close);
    box.form.addEventListener("submit", close);
    /* The box keeps the focus while a line is pressed, so that the list does not go first. */
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) go(row);
    });
  }
  for (const box of all("[data-suggest]")) suggestTo(box);

  /* ----- Fields ----- */

  for (const button of all("[data-reveal]")) {
    const field = document.getElementById(button.dataset.reveal);
    button.hidden = false;
    button.addEventListener("click", () => {
      const show = field.type === "password";
      field.type = show ? "text" : "password";
      button.setAttribute("aria-pressed", String(show));
    });
  }

  /* The key that says "next" on a phone goes to the next field; elsewhere it would send the form. */
  for (const field of all("input[enterkeyhint=next]")) {
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const fields = all("input:not([type=hidden]),select,textarea,summary", field.form).filter((one) => one.checkVisibility());
      const next = fields[fields.indexOf(field) + 1];
      if (next) next.focus();
    });
  }

  /* As people type places: ตำบล กะหรอ is ต.กะหรอ, and หมู่ ๑ is ม.1. */
  const SHORT = [[/อำเภอ/g, "อ."], [/ตำบล/g, "ต."], [/หมู่(ที่)?(?=\s*\d)/g, "ม."], [/\.\s+/g, "."]];
  const plain = (text) => text.normalize("NFC").toLowerCase().replace(/[๐-๙]/g, (digit) => digit.charCodeAt(0) - 0xe50);
  const folded = (text) => SHORT.reduce((made, [long, short]) => made.replace(long, short), plain(text));

  for (const field of all("[data-narrow]")) {
    const list = document.getElementById(field.dataset.narrow);
    field.parentElement.hidden = false;
    field.addEventListener("input", () => {
      const wanted = field.value.trim(), ways = [plain(wanted), folded(wanted)].map((way) => way.split(/\s+/));
      let group = "", found = 0;
      for (const choice of all(".choice,.picker-group", list)) {
        if (choice.matches(".picker-group")) { group = choice.textContent; continue; }
        const isChosen = choice.querySelector("input").checked, text = `${choice.textContent} ${group}`;
        const words = plain(text) + folded(text);
        const isIt = ways.some((way) => way.every((word) => words.includes(word)));
        choice.hidden = !isChosen && !isIt;
        found += isIt;
      }
      for (const title of all(".picker-group", list)) title.hidden = wanted !== "";
      const none = field.parentElement.querySelector("[data-none]");
      none.textContent = found ? "" : none.dataset.none;
    });
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault(); // Enter here must not send the form
    });
  }

  /* ----- Rows: what the row_action buttons do on the server, done here without sending ----- */

  const rowsOf = (editor) => all(":scope > .row-list > .row", editor);

  /* A row may hold an editor of its own, whose prefix begins with the row's. */
  function renumber(editor) {
    rowsOf(editor).forEach((row, i) => numberIn(row, editor.dataset.rows, i));
  }

  function numberIn(part, prefix, i) {
    const old = new RegExp(`(^|f-)${prefix}-(\\d+|_i_)-`, "g");
    const oldAction = new RegExp(`^(${prefix}:\\w+:)(\\d+|_i_)$`);
    const attributes = ["name", "id", "for", "aria-describedby", "list", "data-rows", "value"];
    for (const field of all("[name],[id],[for],[aria-describedby],[list],[data-rows]", part)) {
      for (const attribute of attributes) {
        const value = attribute !== "value" || field.name === "row_action" ? field.getAttribute(attribute) : "";
        if (value) field.setAttribute(attribute, value.replace(old, `$1${prefix}-${i}-`).replace(oldAction, `$1${i}`));
      }
    }
    for (const inside of all("template", part)) numberIn(inside.content, prefix, i);
  }

  const newRow = (editor) => editor.querySelector(":scope > template").content.cloneNode(true);

  /* A new row has the id that the server would give it: principles name their points by it. */
  function nameRow(editor, row) {
    const [, letter, number] = editor.dataset.next.match(/^(\D+)(\d+)$/);
    row.querySelector("[name$='-id']").value = editor.dataset.next;
    row.querySelector("label").append(` ${editor.dataset.next}`);
    editor.dataset.next = letter + (Number(number) + 1);
  }

  /* A point that goes is named by no principle any more.  Returns what gives the names back. */
  function unname(point, form) {
    const changed = [];
    for (const field of all("[name^=principles-][name$=-sums]", form)) {
      const named = field.value.split(/[\s,]+/).filter(Boolean), was = field.value;
      if (!named.includes(point)) continue;
      field.value = named.filter((one) => one !== point).join(", ");
      changed.push([field, was, field.value]);
    }
    return () => { for (const [field, was, now] of changed) if (field.value === now) field.value = was; };
  }

  /* A row that was taken out with words in it comes back to its place, until the next one goes. */
  function offerRow(editor, row, at, nameAgain) {
    const gone = editor.querySelector(":scope > .row-gone"), list = editor.querySelector(".row-list");
    gone.hidden = !all("textarea,input:not([type=hidden])", row).some((field) => field.value.trim());
    if (gone.hidden) return;
    say(gone.firstChild.textContent.trim());
    gone.querySelector("[data-undo]").onclick = () => {
      list.insertBefore(row, list.children[at] || null);
      gone.hidden = true;
      nameAgain();
      renumber(editor);
      row.querySelector("textarea,input:not([type=hidden])").focus();
      editor.dispatchEvent(new Event("input", { bubbles: true }));
    };
  }

  function changeRows(editor, button) {
    const [, action] = button.value.split(":");
    const list = editor.querySelector(".row-list");
    const row = button.closest(".row");
    const field = "textarea,input:not([type=hidden])";
    let focus = button;
    if (action === "add") {
      list.append(newRow(editor));
      focus = list.lastElementChild.querySelector(field);
      if (editor.dataset.next) nameRow(editor, list.lastElementChild);
    } else if (action === "remove") {
      const next = row.nextElementSibling || row.previousElementSibling;
      focus = next ? next.querySelector(field) : editor.querySelector(":scope > p > [value$=':add']");
      const at = rowsOf(editor).indexOf(row);
      row.remove();
      const isPoint = editor.dataset.rows === "points";
      offerRow(editor, row, at, isPoint ? unname(row.querySelector("[name$='-id']").value, editor.closest("form")) : () => {});
    } else if (action === "up" && row.previousElementSibling) {
      row.previousElementSibling.before(row);
    } else if (action === "down" && row.nextElementSibling) {
      row.nextElementSibling.after(row);
    }
    renumber(editor);
    if (getComputedStyle(focus).visibility === "hidden") focus = row.querySelector(field);
    focus.focus();
    editor.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=row_action]");
    const editor = button && button.closest("[data-rows]");
    if (!editor) return;
    event.preventDefault();
    changeRows(editor, button);
  });

  /* ----- Kept text: a copy of what is typed into form[data-keep], on this device ----- */

  const STORE_MS = 3000; // so long is waited for what lies on this device
  const KEEP_DAYS = 30;
  const READY_AGAIN_MS = 15000; // between two tries to make this device ready
  const KEEP_MS = 1000; // after a key, a copy within this time
  const TEXTS = /^(title|body|box_.*)$/; // by which a text is known again
  const keptKey = (form) => `kept:${form.dataset.keep}`; // named by the token of the form
  const keptOf = (key) => parse(store.get(key));
  const tokenOf = (kept) => ((kept.fields || []).find(([name]) => name === "token") || [])[1];
  const address = () => location.pathname + location.search;
  const isKept = (field) => field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type);

  function read(form) {
    return [...form.elements].filter(isKept).map((field) =>
      [field.name, /^(checkbox|radio)$/.test(field.type) ? `${field.value}=${field.checked}` : field.value]);
  }

  /* The version that the text was begun from: taken back with it, so that the server sees when
     somebody saved in between. */
  const baseOf = (form) => (form.elements.base ? form.elements.base.value : null);

  function write(form, values) {
    for (const editor of all("[data-rows]", form)) growRows(editor, values);
    const left = new Map();
    for (const [name, value] of values) left.set(name, [...(left.get(name) || []), value]);
    for (const field of [...form.elements].filter(isKept)) {
      const mine = left.get(field.name);
      if (!mine || !mine.length) continue;
      if (/^(checkbox|radio)$/.test(field.type)) field.checked = mine.includes(`${field.value}=true`);
      else field.value = mine.shift();
    }
  }

  function growRows(editor, values) {
    const wanted = 1 + Math.max(-1, ...values.map(([name]) => {
      const found = name.match(new RegExp(`^${editor.dataset.rows}-(\\d+)-`));
      return found ? Number(found[1]) : -1;
    }));
    const list = editor.querySelector(".row-list");
    while (list.children.length < wanted) list.append(newRow(editor));
    renumber(editor);
    for (const inside of all("[data-rows]", list)) growRows(inside, values);
  }

  /* A sent text is dropped only when the next page came from that form and is no error page:
     a poor line may have lost it on the way. */
  function dropSent(forms) {
    const here = new Set(forms.map(keptKey));
    const isUnsent = document.querySelector("[data-unsent]") !== null;
    const from = document.referrer ? new URL(document.referrer) : null;
    for (const key of store.keys().filter((name) => name.startsWith("kept:"))) {
      const kept = keptOf(key);
      const isOld = !kept || Date.now() - kept.at > KEEP_DAYS * 86400000;
      if (store.get(key.replace("kept:", "queue:"))) continue; // keeping.js asks the server
      const isSent = kept && kept.sent && !isUnsent && !here.has(key)
        && from && from.origin === location.origin && from.pathname === kept.path && location.pathname !== kept.path;
      if (isOld || isSent) store.drop(key);
    }
  }

  function parse(text) {
    try { return JSON.parse(text); } catch { return null; }
  }

  let unsaved = false;

  /* What was refused and is opened anew waits no longer to be sent: it is offered like other
     unsent text. */
  function openRefused(form) {
    const [, user, what] = keptKey(form).split(":"), token = form.elements.token && form.elements.token.value;
    for (const key of store.keys().filter((one) => one.startsWith(`queue:${user}:${what}:`))) {
      const item = parse(store.get(key)) || {};
      if (item.refused && item.token !== token && keptOf(key.replace("queue:", "kept:"))) store.drop(key);
    }
  }

  function keep(form) {
    if (!document.querySelector("article[data-unsent]")) openRefused(form);
    /* The browser's own restoring puts half of a sent text into the next form, under another
       token: what it leaves out are fields with suggestions of ours, hidden ones and rows. */
    form.autocomplete = "off";
    offerAll(form);
    let timer = 0;
    const save = (sent) => {
      clearTimeout(timer);
      timer = 0;
      const isDone = store.set(keptKey(form), JSON.stringify({
        at: Date.now(), path: location.pathname, page: address(), sent, base: baseOf(form), values: read(form),
        ...(form.moreKept ? form.moreKept() : {}),
      }));
      if (isDone || sent) unsaved = false;
      form.dispatchEvent(new CustomEvent("kept", { detail: isDone }));
    };
    form.addEventListener("input", () => {
      unsaved = true;
      timer ||= setTimeout(save, KEEP_MS, false);
    });
    /* A phone may end a page in the background at any time. */
    window.addEventListener("pagehide", () => { if (timer) save(false); });
    document.addEventListener("visibilitychange", () => { if (timer && document.hidden) save(false); });
    /* The form of another shape that a link opens takes over what is typed here. */
    form.parentElement.addEventListener("click", (event) => {
      if (!event.target.closest("a[data-carry]") || !(unsaved || store.get(keptKey(form)))) return;
      save(false);
      mark(keptKey(form));
    });
    form.markSent = () => save(true);
    form.keepNow = () => save(false);
  }

  /* What was typed into this form before, else every other text of its kind, newest first. */
  function offerAll(form) {
    const atFirst = JSON.stringify(read(form)), own = keptKey(form);
    const kind = own.split(":").slice(0, 3).join(":");
    const isNamed = own !== kind && form.elements.token && own.endsWith(`:${form.elements.token.value}`);
    const isFresh = isNamed && !store.get(own) && !/[?&]kept=/.test(location.search);
    const isLike = (key) => (isNamed ? `${key}:`.startsWith(`${kind}:`) && key.split(":").length < 5 : key === own);
    const keys = isFresh ? store.keys().filter(isLike) : [own];
    const asked = markedKey();
    keys.map((key) => [key, keptOf(key)])
      .filter(([key, kept]) => kept && key !== asked && JSON.stringify(kept.values) !== atFirst)
      .sort(([, a], [, b]) => a.at - b.at)
      .forEach(([key, kept]) => offer(form, key, kept));
    if (asked && isLike(asked) && keptOf(asked)) {
      /* After the other files, which listen for it. */
      document.addEventListener("DOMContentLoaded", () => { mark(""); take(form, asked, keptOf(asked)); });
    }
  }

  /* What the next page of this window is told: the copy that it takes over without asking. */
  const marked = (name) => { try { return sessionStorage.getItem(name); } catch { return null; } };
  const markedKey = () => marked("take");
  function mark(value, name = "take") {
    try { sessionStorage.setItem(name, value); return true; } catch { return false; }
  }

  function offer(form, key, kept) {
    const template = form.querySelector("template[data-kept]");
    const other = all("[data-kept-server]").find((one) => `kept:${one.dataset.keptName}` === key); // the copy on the server
    if (!template || store.get(key.replace("kept:", "queue:"))) return;
    if (other && Number(other.dataset.keptServer) * 1000 > kept.at + 30000) return;
    if (other) other.hidden = true;
    const box = document.createElement("div");
    box.className = "kept";
    box.append(template.content.cloneNode(true));
    const about = box.querySelector("[data-about]");
    const title = kept.values.map(([name, value]) => (TEXTS.test(name) ? value.trim() : "")).find(Boolean) || "";
    const time = new Date(kept.at).toLocaleString(root.lang, { dateStyle: "medium", timeStyle: "short", timeZone: "Asia/Bangkok" });
    about.textContent = [title.slice(0, 60), time].filter(Boolean).join(" · ");
    form.prepend(box);
    box.querySelector("[data-take]").addEventListener("click", () => {
      box.remove();
      if (!kept.page || kept.page === address()) take(form, key, kept);
      else if (mark(key)) { // it goes on in the form that it was begun in
        if (unsaved) form.keepNow();
        location.assign(kept.page);
      }
    });
    const [offered, gone] = [box.firstElementChild, box.querySelector("[data-gone]")];
    box.querySelector("[data-drop]").addEventListener("click", () => {
      store.drop(key);
      form.dispatchEvent(new CustomEvent("thrown", { detail: key.slice(5) }));
      offered.hidden = true;
      gone.hidden = false;
      gone.focus();
    });
    gone.querySelector("[data-undo]").addEventListener("click", () => {
      store.set(key, JSON.stringify(kept));
      offered.hidden = false;
      gone.hidden = true;
      box.querySelector("[data-take]").focus();
    });
  }

  /* The form becomes the one that the text was typed into: its token, its copies, its photos. */
  function take(form, key, kept) {
    const token = tokenOf(kept), mine = form.elements.token;
    if (unsaved) form.keepNow();
    if (token && mine) {
      form.dataset.keep = form.dataset.keep.replace(mine.value, token);
      mine.value = token;
    }
    write(form, kept.values);
    if (form.elements.base && kept.base) form.elements.base.value = kept.base;
    form.dispatchEvent(new CustomEvent("taken"));
    form.dispatchEvent(new Event("input", { bubbles: true }));
    form.keepNow();
    if (key !== keptKey(form)) store.drop(key); // of a form that is named in another way now
    const first = [...form.elements].find((field) => TEXTS.test(field.name) && field.value.trim());
    if (first) first.focus();
  }

  /* What is thrown away on the server is not offered again by this device. */
  document.addEventListener("submit", (event) => {
    const row = event.target.closest("[data-kept-name]");
    if (row) store.drop(`kept:${row.dataset.keptName}`);
  });

  /* A form that is saved from inside a field (Ctrl+S) goes on there on the page of answer. */
  function keepPlace(form) {
    form.addEventListener("submit", (event) => {
      const field = document.activeElement, action = event.submitter ? event.submitter.value : "";
      if (!form.contains(field) || !/^(text|textarea)$/.test(field.type) || !/^(draft|save)$/.test(action)) return;
      const { name, selectionStart, selectionEnd } = field, { top } = field.getBoundingClientRect();
      mark(JSON.stringify({ name, selectionStart, selectionEnd, top }), "place");
    });
    const place = parse(marked("place")), field = place && form.elements[place.name];
    mark("", "place");
    if (!field || !field.setSelectionRange || !keepingWords || !keepingWords.dataset.arrived) return;
    field.focus({ preventScroll: true });
    field.setSelectionRange(place.selectionStart, place.selectionEnd);
    scrollBy({ top: field.getBoundingClientRect().top - place.top, behavior: "instant" });
    form.dataset.goesOn = ""; // keeping.js says that it was kept
  }

  const keepingWords = document.getElementById("keeping-words");
  const keptForms = all("form[data-keep]");
  dropSent(keptForms);
  keptForms.forEach(keep);
  keptForms.forEach(keepPlace);

  /* Whoever is logged in can write without a line from now on, though no form was ever open
     here; a stranger's phone fetches nothing for it.  After the page, which comes first; and
     again while the line broke in the middle of it. */
  async function makeReady() {
    const worker = await navigator.serviceWorker.register("/sw.js").catch(() => null);
    const coming = worker && worker.installing;
    if (coming) await new Promise((done) => { coming.addEventListener("statechange", done, { once: true }); });
    if (!worker || !(worker.waiting || worker.active)) setTimeout(makeReady, READY_AGAIN_MS);
  }
  if (keepingWords && keepingWords.dataset.user) {
    store.set("who", keepingWords.dataset.user);
    if (navigator.serviceWorker) window.addEventListener("load", makeReady);
  }

  /* Sent forms that may not have arrived: keeping.js goes on with them on any page. */
  const waiting = () => store.keys().some((key) => key.startsWith("queue:"));
  window.typed = { store, parse, keep, say, mark, markedKey };
  if (keepingWords && waiting() && !document.querySelector("script[src$='/keeping.js']")) {
    for (const src of keepingWords.dataset.src.split(" ")) {
      document.head.append(Object.assign(document.createElement("script"), { src, async: false }));
    }
  }
  if (keepingWords && store.get("arrived")) { // keeping.js left a page that asked to send it again
    store.drop("arrived");
    document.getElementById("main").prepend(Object.assign(document.createElement("p"), {
      className: "keeping keeping-alone", textContent: keepingWords.dataset.sent }));
    say(keepingWords.dataset.sent);
  }
  for (const one of all("[data-kept-server]")) {
    if (store.get(`queue:${one.dataset.keptName}`)) one.hidden = true;
  }

  /* Whoever signs out leaves no text behind on a shared phone. */
  for (const form of all("form[action*='/logout']")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (form.dataset.sending) return;
      form.dataset.sending = "1";
      if ((waiting() || await filesWait()) && !confirm(keepingWords.dataset.leave)) {
        delete form.dataset.sending;
        return;
      }
      for (const key of store.keys()) if (/^(kept:|queue:|who$)/.test(key)) store.drop(key);
      await answer(() => indexedDB.deleteDatabase("files"));
      HTMLFormElement.prototype.submit.call(form);
    });
  }

  /* What a request of the store gives; nothing where there is none, or it is silent. */
  function answer(ask) {
    return new Promise((done) => {
      setTimeout(done, STORE_MS);
      const asked = ask();
      asked.onupgradeneeded = () => asked.transaction.abort(); // it was never made
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => done();
    }).catch(() => {});
  }

  /* Whether a photo or a recording lies on this device that has not arrived (files.js). */
  async function filesWait() {
    const base = await answer(() => indexedDB.open("files"));
    if (!base) return false;
    const kept = await answer(() => base.transaction("waiting").objectStore("waiting").getAll());
    base.close();
    return (kept || []).some((one) => !one.arrived && !one.fault);
  }
  window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });

  /* ----- Sending: never twice; the label stays while the button waits ----- */

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || (form.method || "get").toLowerCase() !== "post") return;
    if (form.dataset.sending) { event.preventDefault(); return; }
    form.dataset.sending = "1";
    if (form.markSent) form.markSent();
    const button = event.submitter;
    if (!button) return;
    button.setAttribute("aria-busy", "true");
    /* After the browser has gathered the fields: a disabled button would not be among them. */
    setTimeout(() => { button.disabled = true; }, 0);
  });
  /* Back from the next page: the form may be sent again. */
  window.addEventListener("pageshow", () => {
    for (const form of all("form[data-sending]")) {
      delete form.dataset.sending;
      for (const button of all("[aria-busy]", form)) {
        button.removeAttribute("aria-busy");
        button.disabled = false;
      }
    }
  });
})();
