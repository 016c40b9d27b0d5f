// Asks how the lock stands, and turns the page once it is over. Without script the same link does.
(() => {
  "use strict";
  const QUICK = 4000, SLOW = 12000, PATIENCE = 5 * 60000, GIVE_UP = 10000;
  const page = document.getElementById("check-again").href;
  const began = Date.now();
  let timer = 0, busy = false;

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, Date.now() - began < PATIENCE ? QUICK : SLOW);
  };
  async function ask() {
    if (busy || document.hidden) return;
    busy = true;
    clearTimeout(timer);
    let state = "locked";
    try {
      const limit = AbortSignal.timeout(GIVE_UP);
      const answer = await fetch(page + "/state", { cache: "no-store", signal: limit });
      if (answer.ok) ({ state } = await answer.json());
    } catch {
      // Not reached now: asked again like any lock.
    }
    busy = false;
    if (state === "open") location.replace(page);
    else if (state === "locked") later();
  }
  // A page out of sight asks nothing, and asks at once when it is looked at again.
  document.addEventListener("visibilitychange", ask);
  later();
})();
