// Says ten minutes before it that the session will end, and then that it did. What another page of this
// browser asks for puts it off here, too. Without this file the next press leads to the sign-in.
const session = (() => {
  const bar = document.getElementById("leaving");
  const EARLY = 600000;
  const LOOK = 15000;
  const others = new BroadcastChannel("lockkeeper-session");
  const endOf = (page) => {
    const left = page.getElementById("leaving")?.dataset.left;
    return left === undefined ? 0 : Date.now() + Number(left) * 1000;
  };
  let end = endOf(document);
  const show = () => {
    if (bar === null) return;
    const left = end - Date.now();
    bar.querySelector("[data-soon]").hidden = left <= 0;
    bar.querySelector("[data-over]").hidden = left > 0;
    bar.hidden = left > EARLY;
  };
  const lasts = (until) => {
    end = Math.max(end, until);
    show();
  };
  const seen = (page) => {
    const until = endOf(page);
    lasts(until);
    if (until > 0) others.postMessage(until);
  };
  others.addEventListener("message", (event) => { lasts(event.data); });
  bar?.querySelector("[data-stay]")?.addEventListener("click", async () => {
    const asked = { credentials: "same-origin", redirect: "error" };
    const answer = await fetch("/console/me", asked).catch(() => null);
    if (answer?.ok) seen(new DOMParser().parseFromString(await answer.text(), "text/html"));
    document.getElementById("content").focus();
  });
  // A machine that slept looks as soon as it is awake.
  document.addEventListener("visibilitychange", show);
  setInterval(show, LOOK);
  seen(document);
  return { seen };
})();

// Single keys: each goes to what is marked with it, `j` and `k` from line to line, `?` opens the list of
// those that the page has. None while one types, and none for who has switched them off.
(() => {
  const sheet = document.getElementById("keys");
  if (sheet === null) return;
  const lines = () =>
    [...document.querySelectorAll("main .rows > li, main .queue > li, main tbody > tr")]
      .map((line) => line.querySelector("a[href]"))
      .filter((link) => link !== null);
  const marked = (key) => document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  const open = () => {
    for (const row of sheet.querySelectorAll("[data-does]")) {
      const key = row.dataset.does;
      const moves = key === "j" || key === "k";
      row.hidden = key !== "?" && (moves ? lines().length === 0 : marked(key) === null);
    }
    sheet.showModal();
  };
  const step = (by) => {
    const all = lines();
    const at = all.indexOf(document.activeElement);
    const first = by > 0 ? 0 : all.length - 1;
    all[at < 0 ? first : Math.min(Math.max(at + by, 0), all.length - 1)]?.focus();
  };
  const opener = document.querySelector("[data-keys]");
  opener.hidden = false;
  opener.firstElementChild.addEventListener("click", open);
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, dialog");
    if (typing || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const found = marked(event.key);
    if (event.key === "?") open();
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (found !== null) found.focus();
    else return;
    event.preventDefault();
  });
})();

// Keeps the parts of a page that are marked `data-live` as they are now: every five seconds while the
// page is seen, for half an hour after the last touch. A part that somebody works in is left alone, and
// so is every other part of the page. And shows the buttons that copy. Without this file nothing is
// missing but the waiting.
(() => {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = button.dataset.copied;
    });
  }
  if (document.querySelector("[data-live]") === null) return;
  const EVERY = 5000;
  const IDLE = 30 * 60000;
  let touched = Date.now();
  let paused = false;
  for (const sign of ["pointerdown", "keydown"]) {
    addEventListener(sign, () => { touched = Date.now(); }, { passive: true });
  }
  const inUse = (part) =>
    part.contains(document.activeElement) || part.querySelector("details[open], :checked") !== null;
  for (const button of document.querySelectorAll("[data-pause-live]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      paused = !paused;
      button.setAttribute("aria-pressed", String(paused));
    });
  }
  const look = async () => {
    if (paused || document.visibilityState !== "visible" || Date.now() - touched > IDLE) return;
    // What came in the place of a part may be as it stays.
    if (document.querySelector("[data-live]") === null) return;
    const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) return;
    const now = new DOMParser().parseFromString(await answer.text(), "text/html");
    session.seen(now);
    for (const part of document.querySelectorAll("[data-live], [data-live-beside]")) {
      const fresh = now.getElementById(part.id);
      if (fresh && !inUse(part) && fresh.outerHTML !== part.outerHTML) {
        part.replaceWith(document.adoptNode(fresh));
      }
    }
  };
  setInterval(() => { look().catch(() => {}); }, EVERY);
})();

// Escape shuts what was opened at the head of the page, the innermost first, and goes back to what opened
// it. Without this file the same press shuts it again.
addEventListener("keydown", (event) => {
  const open = [...document.querySelectorAll(".side details[open]")].pop();
  const there = open?.parentElement.contains(event.target) || event.target === document.body;
  if (event.key !== "Escape" || !open || !there) return;
  open.open = false;
  open.querySelector("summary").focus();
});

// Tries as they happen, at the top of the list that the page came with, until somebody pauses them. The
// lines are ours, written by the server as the page was.
(() => {
  const MOST = 50;
  for (const part of document.querySelectorAll("[data-feed]")) {
    const list = part.querySelector("ul");
    const pause = part.querySelector("[data-pause]");
    let stream = null;
    const listen = () => {
      stream = new EventSource(part.dataset.feed);
      stream.addEventListener("tries", (event) => {
        const fresh = new DOMParser().parseFromString("<ul>" + event.data + "</ul>", "text/html");
        for (const line of fresh.querySelectorAll("li")) list.prepend(document.adoptNode(line));
        while (list.children.length > MOST) list.lastElementChild.remove();
      });
    };
    pause.hidden = false;
    pause.addEventListener("click", () => {
      if (stream) {
        stream.close();
        stream = null;
      } else {
        listen();
      }
      pause.textContent = stream ? pause.dataset.pauseWords : pause.dataset.goOnWords;
    });
    listen();
  }
})();

// Shows beside a form marked `data-preview` what follows from what stands in it, as one types: asks the
// form's own address for it and puts the answer into the places of the same names. What has the focus
// keeps it, what is open stays open, and the address of the page is the draft. Nothing is sent before
// the answer that belongs to it is there. What takes longer, a replay, is asked for once the draft has
// stood still, and never for one that has gone on. Without this file the form's own buttons do the same.
(() => {
  const form = document.querySelector("form[data-preview]");
  if (form === null) return;
  const WAIT = 250;
  const STOPS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
  let timer = 0;
  let asking = null;
  let later = 0;
  let replaying = null;
  let reason = "";
  const place = (id) => document.getElementById(id);
  const put = (fresh, id) => {
    const old = place(id), now = fresh.getElementById(id);
    if (old === null || now === null) return;
    const at = [...old.querySelectorAll(STOPS)].indexOf(document.activeElement);
    const open = [...old.querySelectorAll("details")].map((one) => one.open);
    old.replaceChildren(...document.adoptNode(now).childNodes);
    old.querySelectorAll("details").forEach((one, n) => { if (n in open) one.open = open[n]; });
    if (at >= 0) [...old.querySelectorAll(STOPS)].at(at)?.focus();
  };
  const still = () => {
    clearTimeout(later);
    replaying?.abort();
  };
  const replay = async () => {
    const mine = replaying = new AbortController();
    const fresh = await part(drafted(place("replay-form")), "replay", mine);
    if (fresh !== null) replayed(fresh);
  };
  const replayed = (fresh) => {
    still();
    const wait = fresh.getElementById("replayed").dataset.again;
    if (fresh !== document) for (const id of ["replayed-says", "replayed"]) put(fresh, id);
    if (wait !== undefined) later = setTimeout(() => { replay().catch(() => {}); }, Number(wait));
  };
  const show = (fresh) => {
    const changed = (fresh.getElementById("says-text")?.dataset.changed ?? "").split(" ");
    for (const part of form.querySelectorAll(".field, .choices")) {
      const name = part.querySelector("[name]")?.name;
      part.classList.toggle("changed", changed.includes(name));
    }
    for (const words of form.querySelectorAll(".echo")) put(fresh, words.id);
    reason = place("reason")?.value ?? reason;
    const stays = place("save") !== null && fresh.getElementById("save") !== null;
    const parts = stays ? ["save-changes", "save-sent"] : ["drafted"];
    for (const id of ["draft-mark", "says-text", "drawn", "replay-sent", ...parts]) put(fresh, id);
    place("replay-form").hidden = fresh.getElementById("replay-form").hidden;
    replayed(fresh);
    if (!stays && place("reason") !== null) place("reason").value = reason;
  };
  const drafted = (by) =>
    `${new URL(form.action).pathname}?${new URLSearchParams(new FormData(by))}`;
  const part = async (address, name, { signal }) => {
    const asked = { credentials: "same-origin", redirect: "error", signal };
    const answer = await fetch(`${address}&part=${name}`, asked);
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  };
  const ask = async () => {
    clearTimeout(timer);
    timer = 0;
    asking?.abort();
    const mine = asking = new AbortController();
    try {
      const address = drafted(form);
      const fresh = await part(address, "preview", mine);
      if (fresh === null) return false;
      show(fresh);
      history.replaceState(null, "", address);
      return true;
    } finally {
      if (asking === mine) asking = null;
    }
  };
  replayed(document);
  form.addEventListener("input", () => {
    still();
    clearTimeout(timer);
    timer = setTimeout(() => { ask().catch(() => {}); }, WAIT);
  });
  addEventListener("submit", (event) => {
    if (event.target === form || (timer === 0 && asking === null)) return;
    // What would be sent is not yet what stands in the form.
    event.preventDefault();
    const [target, by] = [event.target, event.submitter];
    ask().catch(() => false).then((shown) => {
      if (!shown) form.requestSubmit();
      else if (target.isConnected) target.requestSubmit(by?.isConnected ? by : undefined);
    });
  });
})();

// Puts a chosen file's text into the field that `data-fills` names. Without this file one pastes it.
for (const chooser of document.querySelectorAll("input[type=file][data-fills]")) {
  chooser.addEventListener("change", async () => {
    const [file, field] = [chooser.files[0], document.getElementById(chooser.dataset.fills)];
    if (file && field) field.value = (await file.slice(0, field.maxLength).text());
  });
}
