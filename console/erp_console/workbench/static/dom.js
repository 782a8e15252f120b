// Elements without markup: every text is a text, whatever an order holds.

export const $ = (id) => document.getElementById(id);

export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

// The last of many calls within `pause` milliseconds.
export function settled(pause, act) {
  let timer;
  return (...what) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...what), pause);
  };
}

// A list that is one stop of the Tab key: arrows go from item to item, Enter acts. Each item has its number in data-i.
export function arrows(list, items, { at, over, act }) {
  const number = (item) => Number(item.dataset.i);
  let now = -1;
  const go = (to) => {
    const all = items();
    if (!all.length) return;
    now = Math.max(0, Math.min(all.length - 1, to));
    all[now].scrollIntoView({ block: "nearest" });
    list.setAttribute("aria-activedescendant", (all[now].id = `${list.id}-${now}`));
    at(number(all[now]));
  };
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, PageDown: 15, PageUp: -15 }[event.key];
    if (step) go(now + step);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(items().length - 1);
    else if (event.key === "Enter" && items()[now]) act(number(items()[now]));
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => {
    const found = event.target.closest("[data-i]");
    if (!found) return;
    now = items().indexOf(found);
    at(number(found));
    act(number(found));
  });
  list.addEventListener("mouseover", (event) => {
    const found = event.target.closest("[data-i]");
    if (found) over(number(found));
  });
}
