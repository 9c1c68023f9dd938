// Keeps the page current: takes the whole once, then the server's changes, and touches only what
// differs, so that focus, open details and the reader's place stay where they are.
"use strict";

const LOST_AFTER_MS = 10_000;
const main = document.getElementById("main");
const lost = document.getElementById("lost");
const lostFor = document.getElementById("lost-for");
// Of the browser's own clock: that of the day may be set.
let heardAt = performance.now();

function morph(from, to) {
  if (from.nodeType !== to.nodeType || from.nodeName !== to.nodeName) {
    from.replaceWith(to.cloneNode(true));
    return;
  }
  if (from.nodeType === Node.TEXT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return;
  }
  if (from.nodeType !== Node.ELEMENT_NODE) return;
  morphAttributes(from, to);
  morphChildren(from, to);
}

function morphAttributes(from, to) {
  for (const { name, value } of [...to.attributes]) {
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  for (const { name } of [...from.attributes]) {
    // Whether a detail is open is the reader's choice.
    const readers = name === "open" && from.nodeName === "DETAILS";
    if (!readers && !to.hasAttribute(name)) from.removeAttribute(name);
  }
}

function morphChildren(from, to) {
  const wanted = [...to.childNodes];
  const byId = new Map();
  for (const child of from.children) if (child.id) byId.set(child.id, child);
  wanted.forEach((child, index) => {
    const known = child.id ? byId.get(child.id) : undefined;
    const here = from.childNodes[index];
    if (known && known !== here) from.insertBefore(known, here ?? null);
    const target = from.childNodes[index];
    if (!target) from.appendChild(child.cloneNode(true));
    else if (!known && target.id && target.id !== child.id) {
      from.insertBefore(child.cloneNode(true), target);
    } else morph(target, child);
  });
  while (from.childNodes.length > wanted.length) from.lastChild.remove();
}

// An id or nothing, then the places of child elements.
function find(path) {
  const [id, ...places] = path.split("/");
  const start = id ? document.getElementById(id) : main;
  return places.reduce((element, place) => element?.children[place], start);
}

// One change of service/pages/patches.py; false where the page is not what the server thinks.
function change([path, what, value]) {
  const element = find(path);
  if (!element) return false;
  if (what === null) {
    const fresh = element.cloneNode(false);
    fresh.innerHTML = value;
    morphChildren(element, fresh);
  } else if (typeof what === "number") {
    const text = element.childNodes[what];
    if (text?.nodeType !== Node.TEXT_NODE) return false;
    text.data = value;
  } else if (value === null) element.removeAttribute(what);
  else element.setAttribute(what, value);
  return true;
}

function hear(act) {
  heardAt = performance.now();
  lost.hidden = true;
  document.body.classList.remove("lost");
  const focused = document.activeElement;
  const done = act();
  // A row that moves loses the focus on the way.
  if (focused !== document.activeElement && focused?.isConnected) focused.focus({ preventScroll: true });
  return done;
}

function whole(html) {
  const fresh = document.createElement("main");
  fresh.innerHTML = html;
  morphChildren(main, fresh);
}

function listen() {
  const source = new EventSource(document.body.dataset.events);
  source.addEventListener("main", (event) => hear(() => whole(event.data)));
  source.addEventListener("patch", (event) => {
    if (hear(() => JSON.parse(event.data).every(change))) return;
    // A new source names no last event: it is sent the whole.
    source.close();
    listen();
  });
  source.addEventListener("error", () => {
    // The browser tries again by itself unless the server refused.
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 3_000);
  });
}

setInterval(() => {
  const silent = performance.now() - heardAt;
  if (silent < LOST_AFTER_MS) return;
  lostFor.textContent = String(Math.round(silent / 1000));
  lost.hidden = false;
  document.body.classList.add("lost");
}, 1_000);

listen();
