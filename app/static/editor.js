/* The editor of the writing form: buttons, lists, links, pasting, suggestions, preview.
   The text area holds the text itself; without this file it is a plain form.  All words come
   from <template id="editor-parts">.
   Order: changing text · buttons · lists · toolbar · keys · pasting · suggestions · link ·
   like-named · preview · keyboard of a phone. */
"use strict";
(() => {
  const parts = document.getElementById("editor-parts");
  const boxes = [...document.querySelectorAll("textarea[data-editor]")];
  if (!parts || !boxes.length) return;
  const root = document.documentElement;
  const form = boxes[0].form;
  const made = parts.content.cloneNode(true);
  const bar = made.querySelector(".tools");
  const asked = made.querySelector(".link-asked");
  const seen = made.querySelector("dialog");
  const alike = made.querySelector(".alike");
  const words = made.querySelector("[data-words]").dataset;
  const say = (text) => { document.getElementById("live").textContent = text; };
  let box = boxes[0]; // the text area that the buttons work on
  let isOurs = false; // our own change is under way

  /* ----- Changing text: as if typed, so that the browser's own undo takes it back ----- */

  function put(from, to, text, start = from + text.length, stop = start, field = box) {
    const old = field.value;
    const wanted = old.slice(0, from) + text + old.slice(to);
    field.focus({ preventScroll: true });
    field.setSelectionRange(from, to);
    isOurs = true;
    const isDone = wanted === old || document.execCommand(text ? "insertText" : "delete", false, text);
    if (!isDone || field.value !== wanted) {
      field.value = wanted;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    isOurs = false;
    field.setSelectionRange(start, stop);
    press();
  }

  /* From the start of the first chosen line to the end of the last. */
  function lines() {
    const text = box.value;
    const from = text.lastIndexOf("\n", box.selectionStart - 1) + 1;
    const isLineChosen = box.selectionEnd > box.selectionStart && text[box.selectionEnd - 1] === "\n";
    const stop = text.indexOf("\n", isLineChosen ? box.selectionEnd - 1 : box.selectionEnd);
    return { from, to: stop < 0 ? text.length : stop, rows: text.slice(from, stop < 0 ? undefined : stop).split("\n") };
  }

  /* ----- Buttons: bold and italic around words; marks before lines ----- */

  const MARKS = { bold: "**", italic: "*" };
  const INSIDE = { bold: /\*\*([^\n]+?)\*\*/g, italic: /(^|[^*])\*([^*\n]+)\*(?!\*)/g };

  /* The marked words around the caret or the choice: where their marks begin and end. */
  function around(kind) {
    const { from, rows } = lines();
    if (rows.length > 1) return null;
    for (const found of rows[0].matchAll(INSIDE[kind])) {
      const start = from + found.index + (kind === "italic" ? found[1].length : 0);
      const stop = from + found.index + found[0].length;
      if (start <= box.selectionStart && box.selectionEnd <= stop) return { start, stop };
    }
    return null;
  }

  function wrap(kind) {
    const mark = MARKS[kind];
    const size = mark.length;
    const old = around(kind);
    if (old) {
      const inner = box.value.slice(old.start + size, old.stop - size);
      const at = (place) => Math.min(Math.max(place - size, old.start), old.start + inner.length);
      return put(old.start, old.stop, inner, at(box.selectionStart), at(box.selectionEnd));
    }
    const [from, to] = [box.selectionStart, box.selectionEnd];
    const chosen = box.value.slice(from, to);
    if (!chosen.trim()) {
      const text = words[kind];
      return put(from, to, mark + text + mark, from + size, from + size + text.length);
    }
    /* Each line for itself, its list mark and outer spaces outside. */
    const text = chosen.replace(/^([ \t]*(?:[-*>]|\d+\.|#+)?[ \t]*)(.*\S)([ \t]*)$/gm, `$1${mark}$2${mark}$3`);
    const isOne = !chosen.includes("\n");
    const lead = isOne ? text.indexOf(mark) + size : 0;
    put(from, to, text, from + lead, isOne ? from + text.lastIndexOf(mark) : from + text.length);
  }

  const ITEM = /^([ \t]*)(?:([-*+] )|(\d+)([.)] )|(> ))(.*)$/;
  const BEFORE = /^([ \t]*)(#{1,6} |[-*+] (?!\*\*)|\d+[.)] |> )?/;
  const LINE_MARKS = {
    heading: { is: /^#{1,6} /, make: () => (box.dataset.editor === "box" ? "### " : "## ") },
    list: { is: /^[-*+] /, make: () => "- " },
    numbers: { is: /^\d+[.)] /, make: (i) => `${i + 1}. ` },
    quote: { is: /^> /, make: () => "> " },
  };

  function markLines(kind) {
    const { from, to, rows } = lines();
    const { is, make } = LINE_MARKS[kind];
    const filled = rows.filter((row) => row.trim());
    const isMarked = filled.length > 0 && filled.every((row) => is.test(row.trimStart()));
    let n = 0;
    const changed = rows.map((row) => (row.trim() || rows.length === 1
      ? row.replace(BEFORE, (_all, indent) => (isMarked ? indent : indent + make(n++))) : row));
    const lead = gapAfterList(from, changed[0]);
    const text = lead + changed.join("\n");
    const moved = box.selectionEnd + text.length - (to - from);
    if (rows.length > 1) put(from, to, text, from + lead.length, from + text.length);
    else put(from, to, text, Math.max(from + lead.length, moved));
  }

  /* What follows an item without an empty line belongs to the item: what is no list, and no
     more of the same quote, begins after one. */
  function gapAfterList(from, row) {
    const above = box.value.slice(0, from).match(/([^\n]*)\n$/);
    const item = above && above[1].match(ITEM);
    if (!item || !item[6].trim()) return "";
    const next = row.match(ITEM);
    return next && (!next[5] || item[5]) ? "" : "\n";
  }

  /* The same for what a button puts on a line that is empty so far. */
  function leaveList() {
    const { from, to, rows } = lines();
    if (rows.length === 1 && !rows[0].trim() && gapAfterList(from, "")) put(from, to, "\n");
  }

  const DEEDS = {
    bold: () => wrap("bold"),
    italic: () => wrap("italic"),
    heading: () => markLines("heading"),
    list: () => markLines("list"),
    numbers: () => markLines("numbers"),
    quote: () => markLines("quote"),
    link: askLink,
    page: beginLink,
    preview: look,
  };

  function press() {
    const row = lines().rows[0].trimStart();
    for (const button of bar.querySelectorAll("[aria-pressed]")) {
      const kind = button.dataset.do;
      const isPressed = MARKS[kind] ? around(kind) !== null : LINE_MARKS[kind].is.test(row);
      button.setAttribute("aria-pressed", String(isPressed));
    }
  }

  /* ----- Lists: a new line goes on with the list; an empty item ends it ----- */

  function goOn(event) {
    const isBreak = /^insert(LineBreak|Paragraph)$/.test(event.inputType) || (event.inputType === "insertText" && event.data === "\n");
    if (isOurs || !isBreak || box.selectionStart !== box.selectionEnd) return;
    const here = box.selectionStart;
    const from = box.value.lastIndexOf("\n", here - 2) + 1;
    const item = box.value.slice(from, here - 1).match(ITEM);
    if (!item) return;
    const [, indent, bullet, number, after, quote, rest] = item;
    if (!rest.trim()) put(from, here, gapAfterList(from, ""));
    else put(here, here, indent + (bullet || quote || `${Number(number) + 1}${after}`));
  }

  /* ----- Toolbar: one, which goes to the text area in use; arrows move within it ----- */

  const tools = () => [...bar.querySelectorAll("button:not([hidden])")];

  function take(field) {
    if (field === box && bar.parentElement) return;
    const before = field.getBoundingClientRect().top;
    closeList();
    asked.hidden = true;
    box = field;
    field.before(bar, asked);
    bar.setAttribute("aria-controls", field.id);
    /* What is under the finger stays there. */
    if (document.activeElement === field) window.scrollBy(0, field.getBoundingClientRect().top - before);
    press();
  }

  /* The tools, which stay in sight, must not lie over the start of the text area. */
  function uncover() {
    const over = bar.getBoundingClientRect().bottom - box.getBoundingClientRect().top;
    if (over > 0) window.scrollBy(0, -over - 4);
  }

  /* The photo button stands for the one of the photos below the text, where the page has that. */
  const photos = document.getElementById("pick-photos");
  const photoButton = bar.querySelector("[data-insert=photo]");
  photoButton.hidden = !photos;
  photoButton.addEventListener("click", () => photos.click());

  bar.addEventListener("mousedown", (event) => event.preventDefault()); // the caret and the phone's keys stay
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) DEEDS[button.dataset.do](button);
  });
  bar.addEventListener("keydown", (event) => {
    const all = tools();
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -all.length, End: all.length }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = all.indexOf(document.activeElement) + step;
    const next = all[Math.abs(step) > 1 ? (step < 0 ? 0 : all.length - 1) : (at + all.length) % all.length];
    for (const one of all) one.tabIndex = one === next ? 0 : -1;
    next.focus();
  });

  /* By the place of the key: on a Thai keyboard the B gives another letter. */
  function keys(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || root.dataset.keys === "off") return;
    const button = bar.querySelector(`[data-key="${event.code.replace("Key", "").toLowerCase()}"]`);
    if (!button) return;
    event.preventDefault();
    event.stopPropagation();
    button.click();
  }

  for (const field of boxes) {
    field.addEventListener("focus", () => take(field));
    field.addEventListener("click", uncover); // not before: a finger is choosing a place in it
    field.addEventListener("input", (event) => { goOn(event); });
    field.addEventListener("paste", paste);
    field.addEventListener("keydown", keys);
  }
  document.addEventListener("selectionchange", () => { if (document.activeElement === box) press(); });

  /* ----- Pasting: pages and Word as Markdown, chats without their odd spaces ----- */

  const DROPPED = /^(STYLE|SCRIPT|META|LINK|TITLE|HEAD|TEMPLATE|XML|IMG|SVG|VIDEO|AUDIO|OBJECT|IFRAME|BUTTON|INPUT|SELECT|TEXTAREA)$/;
  const BLOCK = /^(P|DIV|SECTION|ARTICLE|HEADER|FOOTER|MAIN|ASIDE|UL|OL|LI|DL|DT|DD|TABLE|TR|H[1-6]|BLOCKQUOTE|PRE|HR|FIGURE|ADDRESS|CENTER|BODY)$/;
  const STRUCTURE = /<(b|strong|em|i|h[1-6]|li|a|table|p|blockquote|div|br)\b/i;

  const spaces = (text) => text.replace(/[\u00a0\u2000-\u200a\u202f\u205f\u3000]/g, " ").replace(/[\u200b\u2060\ufeff\u00ad]/g, "");

  /* Plain text as people send it in chats. */
  function plain(text) {
    return spaces(text).replace(/\r\n?/g, "\n").replace(/[ \t]*\t[ \t]*/g, "  ").replace(/[ ]+$/gm, "").replace(/\n{3,}/g, "\n\n");
  }

  const styleOf = (node) => (node.dataset.style || "").toLowerCase();
  const isBold = (node) => {
    const weight = styleOf(node).match(/font-weight:\s*(\w+)/);
    return weight ? /bold|[6-9]00/.test(weight[1]) : /^(B|STRONG)$/.test(node.tagName);
  };
  const isItalic = (node) => {
    const style = styleOf(node).match(/font-style:\s*(\w+)/);
    return style ? style[1] === "italic" : /^(I|EM)$/.test(node.tagName);
  };
  /* Word's own lists are paragraphs with the mark typed before them. */
  const isWordItem = (node) => /mso-list:\s*l\d/.test(styleOf(node)) || /MsoListParagraph/.test(node.className);
  const isWordMark = (node) => /mso-list:\s*ignore/.test(styleOf(node));

  const marked = (text, mark) => {
    const [, lead, inner, tail] = text.match(/^(\s*)([\s\S]*?)(\s*)$/);
    return inner ? `${lead}${mark}${inner}${mark}${tail}` : text;
  };

  function inline(node) {
    if (node.nodeType === 3) return spaces(node.data).replace(/\s+/g, " ").replace(/[\\*`]/g, "\\$&");
    if (node.nodeType !== 1 || DROPPED.test(node.tagName) || isWordMark(node)) return "";
    if (node.tagName === "BR") return "\n";
    const text = [...node.childNodes].map(inline).join("");
    if (!text.trim()) return text;
    if (node.tagName === "A") {
      const href = node.getAttribute("href") || "";
      const label = text.trim();
      if (!/^(https?:|mailto:|\/)/i.test(href) || label.includes("](")) return text;
      return label === href ? href : `[${label.replace(/[[\]]/g, "\\$&").replace(/\n/g, " ")}](${href.replace(/[()\s]/g, encodeURIComponent)})`;
    }
    let done = text;
    if (isItalic(node)) done = marked(done, "*");
    if (isBold(node)) done = marked(done, "**");
    return done;
  }

  const tidy = (text) => text.replace(/\*{4,}/g, "").replace(/[ \t]*\n[ \t]*/g, "\n").replace(/[ \t]{2,}/g, " ").trim();

  /* The blocks below ``node``, each a text of its own; pieces: [kind, text]. */
  function blocks(node, found, depth = 0) {
    let run = [];
    const flush = () => {
      const text = tidy(run.join(""));
      if (text) found.push(["text", text]);
      run = [];
    };
    for (const child of node.childNodes) {
      const name = child.nodeType === 1 ? child.tagName.toUpperCase() : "";
      if (!BLOCK.test(name) && !(name && child.querySelector("p,div,ul,ol,table,h1,h2,h3,h4,h5,h6,blockquote"))) {
        run.push(inline(child));
        continue;
      }
      flush();
      block(child, name, found, depth);
    }
    flush();
  }

  function block(node, name, found, depth) {
    if (DROPPED.test(name)) return;
    if (/^H[1-6]$/.test(name) || /MsoTitle/.test(node.className)) {
      const text = tidy(inline(node)).replace(/\*\*/g, "").replace(/\n/g, " ");
      if (text) found.push(["heading", `${/^H[3-6]$/.test(name) ? "###" : "##"} ${text}`]);
    } else if (isWordItem(node)) {
      const mark = [...node.querySelectorAll("span")].find(isWordMark);
      const text = tidy(inline(node)).replace(/^([·•o§▪-]|\d+[.)])\s+/, "");
      const isNumbered = mark && /^\s*[\dก-ฮa-z]+[.)]/i.test(mark.textContent);
      if (text) found.push(["item", `${isNumbered ? "1." : "-"} ${text.replace(/\n/g, " ")}`]);
    } else if (name === "UL" || name === "OL") {
      let n = 0;
      for (const item of node.children) {
        if (/^(UL|OL)$/.test(item.tagName)) { block(item, item.tagName, found, depth + 1); continue; }
        const inner = [];
        blocks(item, inner, depth + 1);
        inner.forEach(([kind, text], i) => {
          if (i > 0 && kind === "item") found.push([kind, text]);
          else found.push(["item", `${"   ".repeat(depth)}${i > 0 ? "  " : name === "OL" ? `${++n}. ` : "- "}${text.replace(/^#+ /, "").replace(/\n/g, " ")}`]);
        });
      }
    } else if (name === "TABLE") {
      for (const row of node.querySelectorAll("tr")) {
        const text = [...row.children].map((cell) => tidy(inline(cell)).replace(/\n/g, " ")).filter(Boolean).join(" · ");
        if (text) found.push(["row", text]);
      }
    } else if (name === "BLOCKQUOTE") {
      const inner = [];
      blocks(node, inner, 0);
      if (inner.length) found.push(["text", join(inner).replace(/^/gm, "> ")]);
    } else if (name === "HR") {
      found.push(["text", "---"]);
    } else {
      blocks(node, found, depth);
    }
  }

  /* Items and rows stand line under line, all else with an empty line between. */
  function join(found) {
    return found.reduce((text, [kind, piece], i) => {
      if (i === 0) return piece;
      const isTight = kind === found[i - 1][0] && (kind === "item" || kind === "row");
      return text + (isTight ? "\n" : "\n\n") + piece;
    }, "");
  }

  function markdown(html) {
    /* The CSP counts a pasted style as a breach, so each is kept under another name. */
    const bare = html.replace(/<style[\s\S]*?<\/style>/gi, "").replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\sstyle\s*=/gi, " data-style="));
    const page = new DOMParser().parseFromString(bare, "text/html"); // runs and fetches nothing
    const found = [];
    blocks(page.body, found);
    let n = 0;
    const counted = found.map(([kind, text], i) => {
      if (!(kind === "item" && text.startsWith("1. "))) { n = 0; return [kind, text]; }
      n = i && found[i - 1][0] === "item" && n ? n + 1 : 1;
      return [kind, text.replace(/^1\./, `${n}.`)];
    });
    return join(counted);
  }

  function paste(event) {
    const field = event.target;
    const data = event.clipboardData;
    if (!data || data.files.length) return; // photos are another script's
    const html = data.getData("text/html");
    const typed = data.getData("text/plain");
    const [from, to] = [field.selectionStart, field.selectionEnd];
    const chosen = field.value.slice(from, to);
    let text = STRUCTURE.test(html) ? markdown(html) : plain(typed);
    if (chosen.trim() && !/[\n[\]]/.test(chosen) && /^https?:\/\/\S+$/.test(typed.trim())) {
      text = `[${chosen}](${typed.trim()})`;
    }
    if (!text || text === typed) return;
    event.preventDefault();
    const isInLine = from > 0 && field.value[from - 1] !== "\n";
    if (isInLine && /^(#|- |\d+\. |> )/.test(text)) text = `\n\n${text}`;
    put(from, to, text, from + text.length, from + text.length, field);
  }

  /* ----- Suggestions: [[ a page, @ somebody, # a keyword, as letters are typed ----- */

  const PAUSE = 150; // milliseconds without a key
  const TRIGGERS = [
    { kind: "link", is: /\[\[([^[\]|\n]{0,100})$/, mark: 2 },
    { kind: "person", is: /(?:^|[^\w@/.\u0e00-\u0e7f])@([\w.\u0e00-\u0e7f-]{1,40})$/, mark: 1 },
    { kind: "tag", is: /(?:^|[^\w#&/\u0e00-\u0e7f])#([\w\u0e00-\u0e7f-]{1,60})$/, mark: 1 },
  ];
  const TAG_WORD = { kind: "tag", is: /(?:^|,)\s*([^,]+)$/, mark: 0, after: ", " };
  const tagField = document.getElementById("f-tags");
  const people = ["f-tellers", "f-coauthors"].map((id) => document.getElementById(id));
  const list = document.createElement("ul");
  let open = null; // { field, trigger, from, to }
  let active = -1, timer = 0, asking = null;
  list.className = "suggestions";
  list.id = "editor-suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", words.list);

  function closeList() {
    clearTimeout(timer);
    if (asking) asking.abort();
    list.hidden = true;
    list.replaceChildren();
    active = -1;
    if (open) {
      for (const name of ["aria-activedescendant", "aria-controls"]) open.field.removeAttribute(name);
    }
    open = null;
  }

  async function offered(kind, letters, signal) {
    const url = new URL(form.dataset.offers, location.origin);
    url.searchParams.set("kind", kind);
    url.searchParams.set("q", letters);
    const answer = await fetch(url, { signal, headers: { Accept: "application/json" } });
    return answer.ok && !answer.redirected ? (await answer.json()).lines : [];
  }

  function notice(field) {
    if (isOurs) return;
    clearTimeout(timer);
    const to = field.selectionEnd;
    const before = field.value.slice(Math.max(0, to - 120), to);
    const triggers = field === tagField ? [TAG_WORD] : people.includes(field) ? TRIGGERS.slice(1, 2) : TRIGGERS;
    for (const trigger of triggers) {
      const found = before.match(trigger.is);
      if (!found || field.selectionStart !== to) continue;
      const letters = found[1].trimStart();
      timer = setTimeout(() => ask(field, trigger, letters, to), PAUSE);
      return;
    }
    closeList();
  }

  async function ask(field, trigger, letters, to) {
    if (asking) asking.abort();
    asking = new AbortController();
    try {
      const rows = await offered(trigger.kind, letters, asking.signal);
      if (document.activeElement !== field || field.selectionEnd !== to) return;
      closeList();
      if (!rows.length) return trigger.kind === "link" ? say(words.none) : undefined;
      open = { field, trigger, from: to - letters.length - trigger.mark, to };
      show(rows);
    } catch { /* a newer letter, or no network: the text can be typed out */ }
  }

  function show(rows) {
    const { field, trigger } = open;
    list.replaceChildren(...rows.map((one, i) => {
      const row = document.createElement("li");
      const text = document.createElement("span");
      const note = document.createElement("span");
      row.id = `${list.id}-${i}`;
      row.dataset.insert = trigger.after ? one.text + trigger.after : one.insert;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", "false");
      text.lang = "th";
      text.textContent = one.text;
      note.className = "suggestion-kind";
      note.textContent = one.note;
      row.append(text, note);
      return row;
    }));
    field.after(list);
    list.hidden = false;
    place(field);
    field.setAttribute("aria-controls", list.id);
    say(words.said.replace("{n}", rows.length));
    active = -1;
    if (trigger.kind !== "tag") move(1);
  }

  /* Under the line of the caret, or over it where that leaves more room. */
  function place(field) {
    const box0 = field.getBoundingClientRect();
    const home = (list.offsetParent || field.parentElement).getBoundingClientRect();
    const line = caretLine(field);
    const view = window.visualViewport || { height: innerHeight, offsetTop: 0 };
    const foot = form.querySelector(".buttons-sticky");
    const floor = foot ? Math.min(view.offsetTop + view.height, foot.getBoundingClientRect().top) : view.height;
    const under = floor - (box0.top + line.bottom);
    const over = box0.top + line.top - bar.getBoundingClientRect().bottom;
    const isOver = under < 140 && over > under;
    list.style.maxHeight = `${Math.max(96, Math.min(300, isOver ? over - 4 : under - 4))}px`;
    list.style.bottom = isOver ? `${home.bottom - box0.top - line.top + 2}px` : "auto";
    list.style.top = isOver ? "auto" : `${box0.top + line.bottom - home.top + 2}px`;
  }

  /* Top and bottom of the caret's line, from the top of the text area: a twin of it is measured. */
  function caretLine(field) {
    const style = getComputedStyle(field);
    const height = parseFloat(style.lineHeight) || 28;
    if (field.tagName === "INPUT") return { top: 0, bottom: field.offsetHeight };
    const twin = document.createElement("div");
    for (const name of ["font", "lineHeight", "letterSpacing", "padding", "border", "boxSizing", "tabSize"]) twin.style[name] = style[name];
    Object.assign(twin.style, { position: "absolute", visibility: "hidden", width: `${field.clientWidth}px`, whiteSpace: "pre-wrap", overflowWrap: "break-word" });
    const caret = document.createElement("span");
    caret.textContent = "|";
    twin.append(field.value.slice(0, field.selectionEnd), caret);
    field.parentElement.append(twin);
    const top = Math.max(0, Math.min(caret.offsetTop - field.scrollTop, field.clientHeight - height));
    twin.remove();
    return { top, bottom: top + height };
  }

  function move(step) {
    const rows = [...list.children];
    if (active >= 0) rows[active].setAttribute("aria-selected", "false");
    active = active < 0 && step < 0 ? rows.length - 1 : (active + step + rows.length) % rows.length;
    rows[active].setAttribute("aria-selected", "true");
    list.scrollTop = rows[active].offsetTop - list.clientHeight / 2;
    open.field.setAttribute("aria-activedescendant", rows[active].id);
  }

  function choose(row) {
    const { field, from, to, trigger } = open;
    const text = row.dataset.insert;
    const isClosed = trigger.kind === "link" && field.value.startsWith("]]", to);
    closeList();
    put(from, isClosed ? to + 2 : to, text + (trigger.mark === 1 ? " " : ""), undefined, undefined, field);
    if (trigger.kind === "tag" && field !== tagField) addTag(text.slice(1));
  }

  /* A keyword set in the text is one of the entry. */
  function addTag(name) {
    if (!tagField) return;
    const known = tagField.value.split(",").map((one) => one.trim()).filter(Boolean);
    if (!known.includes(name)) tagField.value = [...known, name].join(", ");
  }

  function listKeys(event) {
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if ((event.key === "Enter" || event.key === "Tab") && active >= 0 && !event.ctrlKey && !event.shiftKey) {
      event.preventDefault();
      choose(list.children[active]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation(); // the top layer only
      closeList();
    }
  }

  for (const field of [...boxes, tagField, ...people].filter(Boolean)) {
    field.setAttribute("aria-autocomplete", "list");
    field.autocomplete = "off";
    field.addEventListener("input", () => notice(field));
    field.addEventListener("keydown", listKeys);
    field.addEventListener("blur", closeList);
    field.addEventListener("click", () => { if (open && open.to !== field.selectionEnd) closeList(); });
  }
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[role=option]");
    if (row) choose(row);
  });

  /* ----- Links: to another page by its name, or to an address ----- */

  function beginLink() {
    leaveList();
    const [from, to] = [box.selectionStart, box.selectionEnd];
    const chosen = box.value.slice(from, to).replace(/[[\]|\n]/g, "");
    const isAddress = /https?:\/\/\S+$/.test(box.value.slice(0, from)); // it would swallow the brackets
    put(from, to, `${isAddress ? " " : ""}[[${chosen}`);
    notice(box);
  }

  let asker = null; // where the link goes

  function askLink() {
    leaveList();
    const [from, to] = [box.selectionStart, box.selectionEnd];
    const chosen = box.value.slice(from, to);
    const isAddress = /^(https?:\/\/|www\.)\S+$/.test(chosen.trim());
    const [address, label] = asked.querySelectorAll("input");
    asker = { from, to };
    address.value = isAddress ? chosen.trim() : "";
    label.value = isAddress ? "" : chosen.replace(/\n/g, " ");
    asked.hidden = false;
    address.focus();
    asked.scrollIntoView({ block: "nearest" }); // its buttons too, above the foot
  }

  function endLink(isWanted) {
    const [address, label] = [...asked.querySelectorAll("input")].map((field) => field.value.trim());
    asked.hidden = true;
    if (!isWanted || !address) { box.focus(); return box.setSelectionRange(asker.from, asker.to); }
    const href = (/^([a-z]+:|\/|#)/i.test(address) ? address : `https://${address}`).replace(/[()\s]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
    put(asker.from, asker.to, label ? `[${label.replace(/[[\]]/g, "\\$&")}](${href})` : href);
  }

  asked.addEventListener("input", (event) => event.stopPropagation());
  asked.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    if (event.key === "Enter" && event.target.tagName !== "INPUT") return;
    event.preventDefault(); // Enter here must not send the form
    event.stopPropagation();
    endLink(event.key === "Enter");
  });
  asked.querySelector("[data-link-done]").addEventListener("click", () => endLink(true));
  asked.querySelector("[data-link-off]").addEventListener("click", () => endLink(false));

  /* ----- Like-named texts, while the title is typed ----- */

  const title = document.getElementById("f-title");
  const TITLE_PAUSE = 500, TITLE_LETTERS = 6;
  let titleTimer = 0, titleAsking = null;

  async function findAlike() {
    const typed = title.value.trim();
    if (titleAsking) titleAsking.abort();
    titleAsking = new AbortController();
    try {
      const rows = typed.length < TITLE_LETTERS ? [] : await offered("alike", typed, titleAsking.signal);
      if (typed !== title.value.trim()) return;
      alike.querySelector("ul").replaceChildren(...rows.map((one) => {
        const row = document.createElement("li");
        const link = document.createElement("a");
        const note = document.createElement("span");
        Object.assign(link, { href: one.href, target: "_blank", rel: "noopener", lang: "th", textContent: one.text });
        Object.assign(note, { className: "note", textContent: one.note });
        row.append(link, " ", note);
        return row;
      }));
      alike.hidden = rows.length === 0;
      if (rows.length) say(words.alike.replace("{n}", rows.length));
    } catch { /* no network: nothing is offered */ }
  }

  if (title) {
    title.after(alike);
    title.addEventListener("input", () => {
      clearTimeout(titleTimer);
      titleTimer = setTimeout(findAlike, TITLE_PAUSE);
    });
  }

  /* ----- Preview: the page from the server, beside the text or over it, and back ----- */

  const lookButton = form.querySelector("button[name=action][value=preview]");
  let back = null; // where writing goes on
  let isPlain = false; // the form is to be sent as without this file

  async function look() {
    const field = document.activeElement && form.contains(document.activeElement) && document.activeElement.matches("input,textarea")
      ? document.activeElement : box;
    back = { field, from: field.selectionStart, to: field.selectionEnd, top: field.scrollTop, y: scrollY };
    const sent = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    sent.set("action", "preview");
    sent.set("only", "preview");
    lookButton.setAttribute("aria-busy", "true");
    let page = null;
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body: sent });
      const isPart = !answer.redirected && (answer.ok || answer.status === 422);
      if (isPart) page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      return showSeen(null, words.offline);
    } finally {
      lookButton.removeAttribute("aria-busy");
    }
    const part = page && page.querySelector(".preview, .error-summary");
    if (part) return showSeen(part);
    isPlain = true; // logged out meanwhile or refused: the page that says so keeps the text
    lookButton.click();
  }

  function showSeen(part, text) {
    const body = seen.querySelector(".seen-body");
    body.replaceChildren(part || Object.assign(document.createElement("p"), { textContent: text }));
    for (const link of body.querySelectorAll("a[href]:not([href^='#'])")) Object.assign(link, { target: "_blank", rel: "noopener" });
    for (const link of body.querySelectorAll(".error-summary a[href^='#']")) link.addEventListener("click", () => seen.close());
    if (seen.open) seen.close();
    if (matchMedia("(min-width: 64em)").matches) { root.classList.add("is-beside"); seen.show(); } else seen.showModal();
    seen.scrollTop = 0;
    const head = body.querySelector("h2[tabindex], .error-summary");
    (head || seen.querySelector("button")).focus({ preventScroll: true });
  }

  function backToText() {
    if (seen.open) return; // closed only to be shown anew
    root.classList.remove("is-beside");
    if (!back || /^#f-/.test(location.hash) && seen.querySelector(".error-summary")) return;
    const { field, from, to, top, y } = back;
    back = null;
    field.focus({ preventScroll: true });
    if (from !== null) field.setSelectionRange(from, to);
    field.scrollTop = top;
    window.scrollTo(0, y);
  }
  /* At once: "close" comes a moment after the dialog is gone, and a letter typed in between would be lost.
     It is heard too, for the ways of closing that belong to the browser, like the back gesture of a phone. */
  function shut() {
    seen.close();
    backToText();
  }
  seen.addEventListener("close", backToText);
  seen.querySelector("[data-seen-off]").addEventListener("click", shut);
  seen.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    shut();
  });
  lookButton.addEventListener("click", (event) => {
    if (isPlain) return;
    event.preventDefault();
    look();
  });

  /* ----- A folded box opens for a link that leads into it ----- */

  function unfold() {
    let at = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    const aim = at;
    for (; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (aim) aim.scrollIntoView({ block: "center" });
  }
  window.addEventListener("hashchange", unfold);

  /* ----- The keyboard of a phone covers the foot of the page where a browser does not shrink it ----- */

  if (window.visualViewport) {
    const view = window.visualViewport;
    const fit = () => {
      const covered = view.scale > 1 ? 0 : Math.max(0, root.clientHeight - view.height - view.offsetTop);
      root.style.setProperty("--keys", `${Math.round(covered)}px`);
      root.style.setProperty("--seen", `${Math.round(view.height)}px`);
    };
    view.addEventListener("resize", fit);
    view.addEventListener("scroll", fit);
    fit();
  }

  for (const one of tools().slice(1)) one.tabIndex = -1;
  document.body.append(seen);
  const first = boxes.find((field) => field === document.activeElement) || (boxes.length === 1 ? boxes[0] : null);
  if (first) take(first);
  unfold();

  /* "Edit" beside a heading: the caret stands before it. */
  const section = document.querySelector("textarea[data-line]");
  if (section) {
    const at = section.value.split("\n").slice(0, section.dataset.line).map((line) => `${line}\n`).join("").length;
    section.setSelectionRange(at, at);
    section.focus();
    section.scrollTop = section.scrollHeight * at / section.value.length - 40;
    section.scrollIntoView({ block: "nearest" });
  }
})();
