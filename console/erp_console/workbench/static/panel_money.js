// The money, line by line to the amount; what is left out of the sum is struck through.

import { el } from "./dom.js";

const zero = (figure) => /^-?0+(\.0+)?$/.test(figure);

// Whether the table needs no look: its items make the amount, and the payments do too or are excused.
export const adds = (money) => zero(money.difference) && (!money.compared || zero(money.unpaid) || money.payable != null);

const cell = (text, kind) => el("td", { class: kind }, text ?? "");
const row = (kind, ...cells) => el("tr", { class: kind }, ...cells);
const state = (good) => el("td", { class: good ? "good" : "bad" }, good ? "✓" : "✗");

function items(money) {
  return money.items.map((each) =>
    row(
      each.counted ? "" : "out",
      cell(each.name),
      cell(`${each.quantity} × ${each.unit_price}`, "figure"),
      cell(each.discount && `− ${each.discount}`, "figure"),
      cell(each.gross, "figure"),
      cell([each.note, ...each.discounts].filter(Boolean).join(", "), "soft"),
    ),
  );
}

const charges = (money) =>
  money.charges.map((each) =>
    row(each.counted ? "" : "out", cell(each.name), cell(), cell(), cell(`+ ${each.gross}`, "figure"), cell(each.note, "soft")),
  );

function sums(money) {
  const rows = [
    row("sum", cell("together"), cell(), cell(), cell(money.sum, "figure"), cell()),
    row("", cell("amount of the order"), cell(), cell(), cell(money.amount, "figure"), state(zero(money.difference))),
  ];
  if (!zero(money.difference)) rows.push(row("bad", cell("difference"), cell(), cell(), cell(money.difference, "figure"), cell()));
  if (!zero(money.cancelled)) rows.push(row("", cell("cancelled items"), cell(), cell(), cell(`− ${money.cancelled}`, "figure"), cell()));
  if (money.rounding && !zero(money.rounding)) rows.push(row("", cell("tolerated rounding"), cell(), cell(), cell(money.rounding, "figure"), cell()));
  if (money.payable) rows.push(row("sum", cell("to be paid, in the document"), cell(), cell(), cell(`${money.payable} ${money.currency}`, "figure"), cell()));
  return rows;
}

function payments(money) {
  const rows = money.payments.map((each) => row(each.counted ? "" : "out", cell(each.name), cell(each.state, "soft"), cell(each.amount, "figure"), cell()));
  const good = zero(money.unpaid) || (money.payable != null && money.compared);
  rows.push(row("sum", cell("paid"), cell(money.compared ? money.mode : "not compared", "soft"), cell(money.paid, "figure"), money.compared ? state(good) : cell()));
  if (!zero(money.unpaid)) rows.push(row(good ? "" : "bad", cell("amount less paid"), cell(), cell(money.unpaid, "figure"), cell()));
  return rows;
}

const rates = (money) =>
  money.rates.map((each) => row("", cell(`${each.rate} %`, "figure"), cell(each.net, "figure"), cell(each.tax, "figure"), cell(each.gross, "figure")));

const table = (title, heads, rows) =>
  el("table", { class: "money" }, el("caption", {}, title), el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, ...rows));

export function moneyTable(money) {
  return el(
    "div",
    { class: "tables" },
    table("Items and charges, VAT included", ["", "quantity × price", "discount", "amount", ""], [...items(money), ...charges(money), ...sums(money)]),
    el(
      "div",
      {},
      table("Payments", ["", "", "amount", ""], payments(money)),
      money.rates.length ? table("VAT", ["rate", "net", "VAT", "together"], rates(money)) : null,
    ),
  );
}
