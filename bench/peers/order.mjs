// jsonata over the parsed JSON, then fast-xml-parser's builder. Reads two files; answers each line of
// stdin, "whole ROUNDS" or "alone ROUNDS" (the JSON is parsed already), with an order's CPU in us.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const require = createRequire(process.argv[2] + "/");
const jsonata = require("jsonata");
const { XMLBuilder } = require("fast-xml-parser");
const [order, items] = [readFileSync(process.argv[3]), readFileSync(process.argv[4])];
const address = (name) => `{"first": ${name}.first_name, "last": ${name}.last_name, "line": ${name}.line,
  "township": ${name}.township.name, "city": ${name}.city.name, "phone": ${name}.phone_number}`;
const expression = jsonata(`{"order": {"@currency": $uppercase(order.currency), "number": order.number,
  "placed": $substring(order.date_placed, 0, 10), "status": order.status, "amount": order.amount,
  "buyer": {"first": order.customer.first_name, "last": order.customer.last_name, "email": order.customer.email},
  "billing": ${address("order.billing_address")}, "shipping": ${address("order.shipping_address")},
  "line": [items.results#$i.{"@no": $i + 1, "sku": product.sku, "name": product.name, "unit": "C62",
    "currency": $uppercase(price_currency), "quantity": 1, "price": price, "rate": tax_rate}]}}`);
const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: "@" });
const parsed = () => ({ order: JSON.parse(order), items: JSON.parse(items) });
const once = parsed();
const map = async (from) =>
  '<?xml version="1.0" encoding="UTF-8"?>' + builder.build(await expression.evaluate(from));
const makers = { whole: () => map(parsed()), alone: () => map(once) };

console.log(JSON.stringify(await makers.whole()));
for await (const line of createInterface({ input: process.stdin })) {
  const [kind, count] = line.split(" "), rounds = Number(count), began = process.cpuUsage();
  for (let i = 0; i < rounds; i++) await makers[kind]();
  const spent = process.cpuUsage(began);
  console.log((spent.user + spent.system) / rounds);
}
