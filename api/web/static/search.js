// The search box of the page: suggestions while one types, from the public API and nowhere else.
// A combobox with a list box as WAI-ARIA 1.2 describes it; without this script it is a form.
"use strict";

(() => {
  const PAUSE = 80; // milliseconds without a key before the API is asked
  const form = document.querySelector("form[role=search]");
  const input = form.elements.q;
  const list = document.getElementById("suggestions");
  const told = document.getElementById("told");
  const shown = document.getElementById("shown");
  const texts = JSON.parse(form.dataset.texts);
  const language = document.documentElement.lang;
  let items = [];
  let active = -1;
  let pause = 0;
  let asking = new AbortController();

  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-haspopup": "listbox",
    "aria-controls": list.id, "aria-expanded": "false",
  })) input.setAttribute(name, value);

  const choose = (names) => names[language] ?? Object.values(names)[0];

  function activate(place) {
    active = place;
    [...list.children].forEach((option, n) => {
      option.setAttribute("aria-selected", String(n === place));
      if (n === place) option.scrollIntoView({ block: "nearest" });
    });
    if (place < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", list.children[place].id);
  }

  function open(found) {
    items = found;
    list.replaceChildren(...items.map((item, n) => {
      const option = document.createElement("li");
      option.id = `suggestion-${n}`;
      option.setAttribute("role", "option");
      const kind = document.createElement("span");
      kind.textContent = texts.kinds[item.kind];
      option.append(choose(item.labels) ?? item.id, " ", kind);
      option.addEventListener("click", () => take(item));
      return option;
    }));
    list.hidden = items.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    activate(-1);
  }

  function close() {
    clearTimeout(pause);
    asking.abort();
    open([]);
    told.textContent = "";
  }

  async function fetchJson(path) {
    asking.abort(); // what comes late is of no use any more
    asking = new AbortController();
    const { signal } = asking;
    const answer = await fetch(path, { headers: { Accept: "application/json" }, signal });
    if (!answer.ok) throw new Error(answer.statusText);
    const body = await answer.json();
    signal.throwIfAborted();
    return body;
  }

  function tellFailure(error) {
    if (error.name === "AbortError") return;
    close();
    told.textContent = texts.failed;
  }

  async function suggest() {
    if (!input.value.trim()) return close();
    try {
      const query = new URLSearchParams({ q: input.value });
      open((await fetchJson(`/v1/addresses/suggest?${query}`)).items);
      told.textContent = items.length
        ? texts.count.replace("{count}", items.length) : texts.no_suggestions;
    } catch (error) {
      tellFailure(error);
    }
  }

  function take(item) {
    const completion = choose(item.completions ?? {});
    if (item.hasMore && completion !== input.value) {
      input.value = completion;
      input.focus();
      suggest();
    } else {
      show(item);
    }
  }

  async function show(item) {
    input.value = choose(item.labels);
    close();
    const path = new URL(item.href).pathname;
    try {
      const { position } = await fetchJson(path);
      const link = document.createElement("a");
      link.href = path;
      link.textContent = input.value;
      const place = document.createElement("span");
      if (position) place.textContent = `${position.wgs84.lat}, ${position.wgs84.lon}`;
      else if (item.kind === "address") place.textContent = texts.no_position;
      shown.replaceChildren(link, " ", place);
    } catch (error) {
      tellFailure(error);
    }
  }

  input.addEventListener("input", (event) => {
    clearTimeout(pause);
    if (!event.isComposing) pause = setTimeout(suggest, PAUSE);
  });
  input.addEventListener("compositionend", suggest);
  input.addEventListener("blur", close);
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps focus

  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (list.hidden) suggest();
      else activate(((active + 1 + step + items.length + 1) % (items.length + 1)) - 1);
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      take(items[active]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (list.hidden) input.value = "";
      close();
    }
  });
})();
