/** The catalogue of the web shop: an ordinary HTTP server that answers with the price list, a file of its ConfigMap, and sees it change. */
import { readFileSync, watch } from "node:fs";
import { createServer } from "node:http";

const folder = "/etc/shop";
let prices = read();
// A volume is changed as a whole, by one rename in its folder: whoever watches the folder hears of it.
watch(folder, () => {
  prices = read();
});

const server = createServer((_, response) => response.end(JSON.stringify(prices)));
server.listen(8080);
process.on("SIGTERM", () => server.close(() => process.exit()));

function read(): Record<string, number> {
  const read = JSON.parse(readFileSync(`${folder}/prices.json`, "utf8"));
  console.log("the prices are", read);
  return read;
}
