/** An ordinary server of HTTP: it answers the number that the path says. In a container, and in a thread by hand (peers/raw-http.mjs). */
import { createServer } from "node:http";

export function listening(...at) {
  const server = createServer(({ url }, response) => {
    response.setHeader("content-type", "application/json");
    response.end(`{"n":${url.slice(1)}}`);
  });
  return new Promise(resolve => server.listen(...at, () => resolve(server)));
}

export async function httpServer({ signal }) {
  const server = await listening(80);
  await new Promise(resolve => signal.addEventListener("abort", resolve));
  server.closeAllConnections();
}
