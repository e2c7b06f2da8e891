/**
 * The store of the web shop: like a small database it speaks a protocol of lines over TCP, and says `ok` to an order only when that
 * stands in its journal, on its volume. It reads the journal when it begins, so orders outlive it.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

const file = "/data/journal";
const orders = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
const journal = openSync(file, "a");

const server = createServer(socket => {
  socket.on("error", () => socket.destroy());
  createInterface(socket).on("line", line => socket.write(`${answerTo(line)}\n`));
});
server.listen(5432);
process.on("SIGTERM", () => {
  closeSync(journal);
  process.exit();
});

function answerTo(line: string): string {
  const [, command, order = ""] = /^(\w+) ?(.*)$/.exec(line) ?? [];
  if (command === "select") return `[${orders.join()}]`;
  if (command !== "insert") return `error: insert ORDER or select, not ${command}`;
  writeSync(journal, `${order}\n`);
  fsyncSync(journal);
  orders.push(order);
  return `ok ${orders.length}`;
}
