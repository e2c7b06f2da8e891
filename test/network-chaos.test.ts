/** What becomes of connections between pods when things go wrong: as over TCP, an error or an end comes, and nothing waits for ever. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Scene, scene } from "./scene.ts";

const server = `
import { createServer } from "node:http";
import net from "node:net";
let written = 0;
createServer(({ url }, response) => {
  if (url === "/written") response.end(String(written));
  else if (url === "/half") response.writeHead(200, { "content-length": 1000 }).write("half of it");
  else {
    const piece = Buffer.alloc(65_536);
    const go = () => {
      while (written < 100_000_000) {
        written += piece.length;
        if (!response.write(piece)) return response.once("drain", go);
      }
      response.end();
    };
    go();
  }
}).listen(80);
net.createServer(socket => socket.on("error", () => {})).listen(81);
`;

const client = `
import { get } from "node:http";
import net from "node:net";
const open = [];
const does = {
  // Told as soon as the first bytes are here, and then how it ended.
  half: () => new Promise(begun => get("http://web/half", answer => {
    does.ended = () => ending;
    const ending = new Promise(ended => answer.on("error", error => ended(error.code)).on("end", () => ended("complete")));
    answer.once("data", text => begun(String(text)));
  })),
  slow: () => new Promise((resolve, reject) => get("http://web/all", answer => {
    open.push(answer.pause());
    resolve(answer.statusCode);
  }).on("error", reject)),
  written: () => fetch("http://web/written").then(answer => answer.text()).then(Number),
  async idle(count) {
    const connected = () => new Promise((resolve, reject) => open.push(net.connect(81, "web", resolve).on("error", reject)));
    for (let made = 0; made < count; made += 100) await Promise.all(Array.from({ length: 100 }, connected));
    return open.filter(({ destroyed }) => !destroyed).length;
  },
  close: async () => open.splice(0).forEach(each => each.destroy()),
};
export default async ({ inbox }) => {
  for await (const message of inbox) {
    const [what, ...given] = message.body;
    does[what](...given).then(value => message.reply(value), error => message.fail(error));
  }
};
`;

describe.each(["thread", "process"])("in a %s", runtime => {
  let cluster: Scene;
  beforeAll(async () => {
    cluster = await scene({ "web.mjs": server, "client.mjs": client });
    const pod = (name: string, command?: readonly string[]) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, labels: { app: name } },
      spec: {
        ...(runtime === "process" && { runtimeClassName: "process" }),
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name,
            image: name,
            ...(command && { command }),
            resources: { limits: { memory: "200Mi" } },
            ...(!command && { readinessProbe: { tcpSocket: { port: 81 }, periodSeconds: 1 } }),
          },
        ],
      },
    });
    const ports = [80, 81].map(port => ({ name: `p${port}`, port }));
    const service = { apiVersion: "v1", kind: "Service", metadata: { name: "web" } };
    await cluster.apply([
      pod("web"),
      pod("client", ["default"]),
      { ...service, spec: { selector: { app: "web" }, ports } },
    ]);
    await cluster.waitFor("Pod/web", "Ready", { timeoutMs: 30_000 });
    await cluster.waitFor("Pod/client", "Ready", { timeoutMs: 30_000 });
  }, 60_000);
  afterAll(() => cluster?.[Symbol.asyncDispose]());
  const does = (...what: unknown[]) => cluster.api.request("client", what, { timeoutMs: 25_000 });

  it("a client that reads nothing holds its server back", { timeout: 30_000 }, async () => {
    await expect.poll(() => does("slow"), { timeout: 10_000 }).toBe(200);
    // Until nothing more is written.
    let before = -1;
    await expect
      .poll(async () => {
        const now = Number(await does("written"));
        const isStill = now > 0 && now === before;
        before = now;
        return isStill;
      })
      .toBe(true);
    expect(before).toBeLessThan(10_000_000);
    await does("close");
  });

  it("a thousand idle connections are in nobody's way", { timeout: 40_000 }, async () => {
    expect(await does("idle", 1_000)).toBe(1_000);
    expect(await does("written")).toBeTypeOf("number");
    await does("close");
  });

  it("the client of a pod that is killed in the middle of an answer hears of it", {
    timeout: 40_000,
  }, async () => {
    expect(await does("half")).toBe("half of it");
    await cluster.delete("Pod", "web");
    expect(await does("ended")).toBe("ECONNRESET");
  });
});
