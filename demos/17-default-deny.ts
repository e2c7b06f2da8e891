/** Network policies: first everybody reaches everybody, then nobody does, then those who are let in; and who decided that is told. */
import type { Cluster } from "k4s";
import type { Demo, Stage } from "./stage.ts";

const callers = ["shop/front", "shop/api", "shop/db", "street/stranger"];
const called = ["front", "api", "db"];

/** Who reached whom: `shop/api db`. */
type Reached = ReadonlySet<string>;

export default {
  title: "Default deny, and the one hole",
  picture: `
     namespace street         namespace shop
       stranger ───────────────▶ front      api ───────▶ db
           │                                 ✘            ✘
           └──────────────────✘──────────────┴────────────┘
     (The stranger has the label app=api, too. It does not help.)`,
  manifest: "17-neighbours.yaml",
  async play(cluster, stage) {
    await stage.step("Declare three pods of a shop, their Services, and a stranger in the street.");
    await stage.apply(this.manifest);
    await stage.until(
      "all are ready",
      Promise.all(callers.map(caller => cluster.waitFor(`Pod/${caller}`, "Ready"))),
    );

    await stage.step('Each calls each: fetch("http://db.shop").');
    const open = await show(cluster, stage);
    stage.claim("everybody reaches everybody", open.size === callers.length * called.length, [...open]);

    await stage.step("Forbid all that comes in, for every pod of the shop.");
    await stage.apply("17-default-deny.yaml");
    await stage.until(
      "each thread has heard of it",
      settled(cluster, ({ size }) => size <= called.length),
    );
    const closed = await show(cluster, stage);
    stage.claim(
      "only a pod itself is let in",
      listOf(closed) === "shop/api api, shop/db db, shop/front front",
      [...closed],
    );
    const denied = (await cluster.events("Pod/shop/db")).filter(
      ({ reason }) => reason === "ConnectionDenied",
    );
    const [event] = denied;
    stage.say("  ✘: no answer ever comes, and the caller gives up. Who is to blame, an event says:");
    stage.say(`  ${event?.reason}: ${event?.message}`);
    const isNamed = denied.some(({ message }) => message?.includes("default-deny"));
    stage.claim("an event of the pod that tried names the policy", isNamed, denied[0]?.message);
    const { ingress } = await cluster.policy.of("Pod/shop/db");
    const refused = await cluster.api.request<string>("pod/shop/front", "pod/db");
    stage.message("front", "pod/db", refused);
    const isTold = refused.includes("default-deny");
    stage.claim("a message is refused at once, and the error names it, too", isTold, refused);
    stage.claim("so does k4s why pod/db", ingress.join() === "shop/default-deny", ingress);

    await stage.step("Ask first what is to be opened: k4s policy test pod/shop/api db.shop:80");
    const before = await cluster.policy.test("pod/shop/api", "db.shop:80");
    for (const line of before.text.trimEnd().split("\n")) stage.say(`  ${line}`);
    stage.claim(
      "it is denied where it comes in",
      !before.allowed && before.ways[0]?.egress.selectedBy.length === 0,
    );

    await stage.step("Open the front to all, and the database to the api, of the same namespace.");
    await stage.apply("17-holes.yaml");
    const now = await cluster.policy.test("pod/shop/api", "db.shop:80");
    stage.say(`  ${now.text.split("\n")[0]}`);
    stage.claim("the api may", now.allowed, now.text);
    await stage.until(
      "each thread has heard of it",
      settled(cluster, ({ size }) => size > 6),
    );
    const holes = await show(cluster, stage);
    stage.claim("the api reaches the database", holes.has("shop/api db"), [...holes]);
    stage.claim("the stranger does not, though it is labelled alike", !holes.has("street/stranger db"), [
      ...holes,
    ]);
    stage.claim(
      "the front is open to all",
      callers.every(caller => holes.has(`${caller} front`)),
      [...holes],
    );
    stage.claim("what was said beforehand is what happened, for all twelve", await isAsSaid(cluster, holes));
  },
} satisfies Demo;

/** All calls at once; a line for each caller. */
async function show(cluster: Cluster, stage: Stage): Promise<Reached> {
  const reached = await callAll(cluster);
  for (const caller of callers) {
    const ends = called.map(service => `${service} ${reached.has(`${caller} ${service}`) ? "✔" : "✘"}`);
    stage.say(`  ${caller.padEnd(16)} ──▶  ${ends.join("   ")}`);
  }
  return reached;
}

async function callAll(cluster: Cluster): Promise<Reached> {
  const calls = callers.flatMap(caller => called.map(service => ({ caller, service })));
  const answers = await Promise.all(
    calls.map(({ caller, service }) =>
      cluster.api.request<string>(`pod/${caller}`, `http://${service}.shop`),
    ),
  );
  const answered = calls.filter(({ service }, i) => answers[i] === `this is ${service}`);
  return new Set(answered.map(({ caller, service }) => `${caller} ${service}`));
}

/** A policy holds a moment after it was declared, as in life: when every thread has heard of it. */
async function settled(cluster: Cluster, isRight: (reached: Reached) => boolean): Promise<void> {
  for (let tries = 0; tries < 10; tries++) if (isRight(await callAll(cluster))) return;
}

async function isAsSaid(cluster: Cluster, reached: Reached): Promise<boolean> {
  for (const caller of callers)
    for (const service of called) {
      const { allowed } = await cluster.policy.test(`pod/${caller}`, `${service}.shop:80`);
      if (allowed !== reached.has(`${caller} ${service}`)) return false;
    }
  return true;
}

function listOf(reached: Reached): string {
  return [...reached].sort().join(", ");
}
