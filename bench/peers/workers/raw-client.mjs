/** Puts load on other workers: over the ports it was handed, or else through the main thread. */
import { parentPort } from "node:worker_threads";
import { answersPerSecond } from "../../workers/load.mjs";

const waiting = new Map();
let lastId = 0;
let ports = [parentPort];

parentPort.on("message", message => {
  if (message.ports) {
    ports = message.ports;
    for (const port of ports) port.on("message", settle);
  } else if (message.load) {
    answersPerSecond(request, message.load).then(perSecond => parentPort.postMessage({ perSecond }));
  } else {
    settle(message);
  }
});

function request(body) {
  return new Promise(resolve => {
    const id = ++lastId;
    waiting.set(id, resolve);
    ports[Math.floor(Math.random() * ports.length)].postMessage({ id, body });
  });
}

function settle({ id, body }) {
  const resolve = waiting.get(id);
  waiting.delete(id);
  resolve(body);
}
