"use strict";
// Follows the board: puts in what the server sends, counts down by the brokers' time, and says loudly when it cannot.
(() => {
  const body = document.body;
  const source = body.dataset.stream;
  if (!source) return;

  const SILENCE_MS = 15000; // the server sends the time every 5 s
  const LOG_MAX = 500;
  const byId = (id) => document.getElementById(id);
  const offline = byId("offline");

  // ---- the time

  let at = Number(body.dataset.now);
  let pace = Number(body.dataset.pace);
  let since = performance.now();
  const now = () => at + (performance.now() - since) * pace;

  const two = (number) => String(number).padStart(2, "0");
  const left = (ms) => {
    const seconds = ms < 0 ? Math.floor(-ms / 1000) : Math.ceil(ms / 1000);
    const sign = ms < 0 ? "\u2212" : "";
    if (seconds >= 172800) return `${sign}${Math.floor(seconds / 86400)} d ${two(Math.floor((seconds % 86400) / 3600))} h`;
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    return hours ? `${sign}${hours}:${two(minutes)}:${two(seconds % 60)}` : `${sign}${minutes}:${two(seconds % 60)}`;
  };
  const clock = (ms) => new Date(ms).toISOString().slice(11, 19);
  const write = (node, text) => { if (node && node.textContent !== text) node.textContent = text; };

  const tick = () => {
    const present = now();
    write(byId("time"), clock(present));
    for (const node of document.querySelectorAll("[data-due]")) write(node, left(node.dataset.due - present));
  };
  let ticking = 0;
  const beat = () => {
    clearInterval(ticking);
    ticking = setInterval(tick, Math.max(200, 1000 / Math.max(1, pace)));
  };

  // ---- what is new

  const parsed = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content.firstElementChild;
  };
  const pending = new Map();

  const replace = (old, fresh) => {
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    if (old.querySelector("details[open]")) fresh.querySelector("details")?.setAttribute("open", "");
    old.replaceWith(fresh);
    if (!focused) return;
    const same = [...fresh.querySelectorAll("a, summary")].find((node) => node.tagName === focused.tagName && node.href === focused.href);
    same?.focus({ preventScroll: true });
  };

  const set = (pieces) => {
    for (const [id, html] of Object.entries(pieces)) {
      const fresh = parsed(html);
      const old = byId(id);
      if (old) replace(old, fresh);
      else pending.set(id, fresh);
    }
  };

  const order = (lanes) => {
    for (const [name, ids] of Object.entries(lanes)) {
      const list = byId(name);
      if (!list) continue;
      const wanted = new Set(ids);
      for (const node of [...list.children]) if (!wanted.has(node.id)) node.remove();
      let place = list.firstElementChild;
      for (const id of ids) {
        const node = pending.get(id) ?? byId(id);
        if (!node) continue;
        if (node === place) place = place.nextElementSibling;
        else list.insertBefore(node, place);
      }
    }
    pending.clear();
  };

  const told = (alerts) => {
    const log = byId("told");
    if (!log) return;
    for (const [id, html] of alerts) if (!byId(id)) log.prepend(parsed(html));
    while (log.children.length > LOG_MAX) log.lastElementChild.remove();
  };

  const say = () => { // for those who listen: the numbers, when they change
    const counts = byId("counts");
    const said = byId("said");
    if (counts && said) write(said, [...counts.querySelectorAll(".late, .risk")].map((it) => it.textContent.trim().replace(/\s+/g, " ")).join(", "));
  };

  const apply = (news) => {
    if (news.over) { // whoever looked has signed out, or was signed in for too long
      stream?.close();
      location.reload();
      return;
    }
    if (news.clock) {
      const before = pace;
      ({ now: at, pace } = news.clock);
      since = performance.now();
      if (before !== pace) beat();
    }
    if (news.set) set(news.set);
    if (news.lanes) order(news.lanes);
    if (news.told) told(news.told);
    if (news.set?.counts) say();
    tick();
  };

  // ---- the stream

  let stream;
  let last = "";
  let heardAt = performance.now();
  let lostAt = null;

  const lost = () => {
    lostAt ??= now();
    offline.textContent = `No connection to the board since ${clock(lostAt)} UTC. What is new is not shown.`;
    offline.hidden = false;
    body.classList.add("is-offline");
  };
  const found = () => {
    heardAt = performance.now();
    if (lostAt === null) return;
    lostAt = null;
    offline.hidden = true;
    body.classList.remove("is-offline");
  };
  const connect = () => {
    stream?.close();
    const address = new URL(source, location.href);
    if (last) address.searchParams.set("last", last);
    stream = new EventSource(address);
    stream.onmessage = (event) => {
      last = event.lastEventId || last;
      found();
      apply(JSON.parse(event.data));
    };
    stream.onerror = () => {
      lost();
      if (stream.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
    };
  };
  setInterval(() => {
    if (performance.now() - heardAt > SILENCE_MS) {
      lost();
      heardAt = performance.now();
      connect();
    }
  }, 1000);
  addEventListener("pagehide", () => stream?.close());
  addEventListener("pageshow", (event) => { if (event.persisted) connect(); });

  beat();
  connect();
})();
