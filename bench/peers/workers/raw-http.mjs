/** The server, which tells where it listens, or the client, which tells for each load how many answers a second it got. */
import { parentPort, workerData } from "node:worker_threads";
import { requestOver } from "../../workers/http-caller.mjs";
import { listening } from "../../workers/http-server.mjs";
import { answersPerSecond } from "../../workers/load.mjs";

const { listen, client, to, peers } = workerData;
if (listen) {
  const server = await listening(...[listen].flat());
  const address = server.address();
  parentPort.postMessage(
    typeof address === "string" ? { socketPath: address } : { host: address.address, port: address.port },
  );
} else {
  let request;
  parentPort.on("message", async load => {
    request ??= await requestOver(client, to, load.inFlight, peers);
    parentPort.postMessage(await answersPerSecond(request, load));
  });
}
