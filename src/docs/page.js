"use strict";
(() => {
  const one = (id) => document.getElementById(id);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const svg = one("er"), canvas = one("canvas"), search = one("search"), cell = one("cell");
  const width = Number(svg.getAttribute("width")), height = Number(svg.getAttribute("height"));
  const boxes = all(".box");
  const idOf = (box) => box.id.slice(2);
  const near = (id) => (one("d-" + id)?.dataset.near || "").split(" ").filter(Boolean);
  let scale = 1;

  const zoom = (to) => {
    const before = scale;
    scale = Math.min(3, Math.max(0.05, to));
    const x = canvas.scrollLeft + canvas.clientWidth / 2, y = canvas.scrollTop + canvas.clientHeight / 2;
    svg.setAttribute("width", width * scale);
    svg.setAttribute("height", height * scale);
    canvas.scrollLeft = x * scale / before - canvas.clientWidth / 2;
    canvas.scrollTop = y * scale / before - canvas.clientHeight / 2;
  };
  const whole = () => zoom(Math.min(1, (canvas.clientWidth - 4) / width, (canvas.clientHeight - 4) / height));
  one("closer").addEventListener("click", () => zoom(scale * 1.3));
  one("farther").addEventListener("click", () => zoom(scale / 1.3));
  one("whole").addEventListener("click", whole);
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(scale * (event.deltaY < 0 ? 1.1 : 0.9));
  }, { passive: false });

  let held = null, moved = false;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    held = [event.clientX + canvas.scrollLeft, event.clientY + canvas.scrollTop];
    moved = false;
  });
  window.addEventListener("pointermove", (event) => {
    if (!held) return;
    const x = held[0] - event.clientX, y = held[1] - event.clientY;
    if (Math.abs(x - canvas.scrollLeft) + Math.abs(y - canvas.scrollTop) > 4) {
      moved = true;
      canvas.classList.add("held");
    }
    canvas.scrollTo({ left: x, top: y, behavior: "instant" });
  });
  window.addEventListener("pointerup", () => { held = null; canvas.classList.remove("held"); });
  canvas.addEventListener("click", (event) => { if (moved) event.preventDefault(); }, true);
  canvas.addEventListener("dragstart", (event) => event.preventDefault());

  const show = (ids) => {
    const shown = ids && new Set(ids);
    for (const box of boxes) box.classList.toggle("dim", Boolean(shown) && !shown.has(idOf(box)));
    for (const edge of all(".edge")) {
      edge.classList.toggle("dim", Boolean(shown) && !(shown.has(edge.dataset.from) && shown.has(edge.dataset.to)));
    }
    for (const end of all(".end")) end.classList.toggle("dim", Boolean(shown));
  };
  let middle = null, far = false;
  const neighbourhood = (id) => {
    far = middle === id && !far;
    middle = id;
    const first = [id, ...near(id)];
    show(far ? first.flatMap((other) => [other, ...near(other)]) : first);
    for (const box of boxes) box.classList.toggle("middle", idOf(box) === id);
  };
  const everything = () => {
    middle = null;
    show(null);
    for (const box of boxes) box.classList.remove("middle", "found");
  };
  for (const button of all(".near")) {
    const id = idOf(button.closest(".box"));
    button.addEventListener("click", () => neighbourhood(id));
    button.addEventListener("keydown", (event) => { if (event.key === "Enter") neighbourhood(id); });
  }
  one("everything").addEventListener("click", everything);

  const reveal = (id) => {
    const box = one("d-" + id)?.querySelector("rect");
    if (!box) return;
    canvas.scrollLeft = box.x.baseVal.value * scale - 60;
    canvas.scrollTop = box.y.baseVal.value * scale - 60;
  };
  const items = all("nav li[data-t]");
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = items.filter((item) => words.every((word) => item.dataset.words.toLowerCase().includes(word)));
    for (const item of items) item.hidden = !found.includes(item);
    everything();
    if (!words.length) return;
    const ids = found.map((item) => item.dataset.t);
    show(ids);
    for (const id of ids) one("d-" + id)?.classList.add("found");
    if (ids.length) reveal(ids[0]);
  });
  search.addEventListener("keydown", (event) => {
    const first = items.find((item) => !item.hidden);
    if (event.key === "Enter" && first) location.hash = "t-" + first.dataset.t;
  });
  const follow = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    if (id.startsWith("d-")) reveal(id.slice(2));
  };
  window.addEventListener("hashchange", follow);

  const says = all("#conditions li").map((item) => item.textContent);
  const words = { S: "select", I: "insert", U: "update", D: "delete" };
  const roles = all(".matrix thead th").map((heading) => heading.firstChild.textContent);
  for (const letter of all(".matrix b")) {
    const where = letter.closest("tr").querySelector("a").textContent;
    const who = roles[letter.parentElement.cellIndex];
    letter.title = `${who}: ${words[letter.textContent]} ${where}\n${says[Number(letter.dataset.says)]}`;
    const tell = () => { cell.textContent = letter.title; };
    letter.addEventListener("click", tell);
    letter.addEventListener("focus", tell);
  }
  one("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  if (matchMedia("(max-width: 800px)").matches) document.querySelector("nav details").open = false;
  follow();
})();
