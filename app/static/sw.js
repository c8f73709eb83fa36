/* The service worker: pages when there is no line. HASH and FILES stand above, put there by the
   server. It keeps files, the page for writing without a line, and public pages that were read:
   only answers that were asked for without a cookie or that say "public". */
"use strict";
const SHELL = "/write/offline", FILES_KEPT = `files-${HASH}`, PAGES_KEPT = "pages-1";
const MOST_PAGES = 60;
const READABLE = /^\/(posts|lessons|pages)\/[^/]+(\/[^/]+)?$/;
const NOT_READ = /\/(edit|history|links|compare)$/;
const plain = (address, cache = "reload") => new Request(address, { credentials: "omit", cache });

self.addEventListener("install", (event) => event.waitUntil((async () => {
  const files = await caches.open(FILES_KEPT);
  const shells = [SHELL, `${SHELL}?lang=en`].map((address) => plain(address));
  await files.addAll([...FILES.map((address) => plain(address, "default")), ...shells]); // files are named by what they hold
  await self.skipWaiting();
})()));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  const names = (await caches.keys()).filter((name) => name.startsWith("files-") && name !== FILES_KEPT);
  await Promise.all(names.map((name) => caches.delete(name)));
  await self.clients.claim();
})()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(page(event, url));
  else if (event.request.method === "GET" && url.pathname.startsWith("/static/")) event.respondWith(file(event.request));
});

async function file(request) {
  const kept = await caches.match(request.url, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && request.url.includes(HASH)) {
    const copy = answer.clone();
    caches.open(FILES_KEPT).then((files) => files.put(request.url, copy)).catch(() => {});
  }
  return answer;
}

async function page(event, url) {
  const isGet = event.request.method === "GET";
  try {
    const answer = await fetch(event.request);
    if (isGet && answer.ok && READABLE.test(url.pathname) && !NOT_READ.test(url.pathname)) {
      event.waitUntil(remember(url, isPublic(answer) ? answer.clone() : null).catch(() => {}));
    }
    return answer;
  } catch (error) {
    const read = isGet && await caches.open(PAGES_KEPT).then((pages) => pages.match(url.href, { ignoreVary: true }));
    if (read) return read;
    const lang = url.searchParams.get("lang") === "en" ? "?lang=en" : "";
    const shell = await caches.match(SHELL + lang, { ignoreVary: true });
    if (shell) return shell;
    throw error;
  }
}

function isPublic(answer) {
  return /\bpublic\b/.test(answer.headers.get("Cache-Control") || "") && !answer.redirected;
}

/* A signed-in page is never kept: what is kept is what a stranger would be shown. */
async function remember(url, answer) {
  if (!answer && navigator.connection && navigator.connection.saveData) return;
  const seen = answer || await fetch(plain(url.href));
  if (!seen.ok || !isPublic(seen)) return;
  const pages = await caches.open(PAGES_KEPT);
  await pages.delete(url.href);
  await pages.put(url.href, seen);
  const addresses = await pages.keys();
  await Promise.all(addresses.slice(0, Math.max(0, addresses.length - MOST_PAGES)).map((one) => pages.delete(one)));
}
