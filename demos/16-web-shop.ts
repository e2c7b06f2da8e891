/** Four ordinary programs, none of which knows k4s, are a web shop: reached from outside, configured while they run, replaced under load. */
import { request } from "node:http";
import { text } from "node:stream/consumers";
import type { Cluster } from "k4s";
import { Load } from "./load.ts";
import type { Demo } from "./stage.ts";

interface Order {
  id: number;
  item: string;
  price: number;
  version: number;
}

export default {
  title: "A web shop of four ordinary services",
  picture: `
                             shop.example
     you ── http ──▶ Ingress ──▶ front ──▶ orders ──▶ store ──▶ claim journal
                                   │         │       (a TCP server)
                                   └────┬────┘
                                        ▼
     ConfigMap price-list ── file ──▶ catalogue`,
  manifest: "16-web-shop.yaml",
  options: { ingress: "127.0.0.1:0" },
  async play(cluster, stage) {
    await stage.step("Declare the shop: four Deployments, a price list, a claim, and an Ingress in front.");
    await stage.apply(this.manifest);
    for (const name of ["catalogue", "store", "orders", "front"])
      await stage.until(`${name} is rolled out`, cluster.rollout.wait(`Deployment/${name}`));
    await stage.table("Service");

    await stage.step("Visit it, as a browser would.");
    const before = await ask(cluster, "GET", "/");
    stage.message("you", "http://shop.example/", before);
    stage.claim("it shows the prices", before === "Today: tea for 4 euros, cup for 9 euros", before);
    const first = await buy(cluster, 1);
    stage.message("you", "http://shop.example/orders", first);
    stage.claim("an order has the price of the list", first.price === 4, first);

    await stage.step("Change the price list. The programs go on running.");
    const running = await namesOf(cluster, "catalogue");
    const data = { "prices.json": '{ "tea": 5, "cup": 9 }' };
    await cluster.patch("ConfigMap", "price-list", { data });
    await stage.until("each catalogue has read it", eachPrinted(cluster, running, "tea: 5"));
    stage.message("you", "http://shop.example/", await ask(cluster, "GET", "/"));
    const still = await namesOf(cluster, "catalogue");
    stage.claim("no pod was replaced for that", running.join() === still.join(), still);

    await stage.step("Keep eight orders in flight, and replace the program that takes them.");
    let id = 1;
    const load = new Load(() => buy(cluster, ++id), 8);
    try {
      await load.next(50);
      const containers = [{ name: "orders", image: "shop/orders:v2" }];
      const spec = { template: { spec: { containers } } };
      await cluster.patch("Deployment", "orders", { spec }, { type: "strategic" });
      await stage.until("version 2 is rolled out", cluster.rollout.wait("Deployment/orders"));
      const last = await load.next(100);
      const isNew = last.length === 100 && last.every(({ version }) => version === 2);
      stage.claim("now only version 2 takes orders", isNew, last[0]);
    } finally {
      await load.stop();
    }
    const versions = [1, 2].map(version => [version, countOf(load.answers, version)] as const);
    stage.bars(new Map(versions.map(([version, count]) => [`version ${version}`, count])));
    stage.claim("not one order was lost", load.errors.length === 0, load.errors[0]);
    stage.claim(
      "each was confirmed by one of the two",
      versions.every(([, count]) => count > 0),
      versions,
    );

    await stage.step("Delete the pod of the store.");
    const confirmed = [first, ...load.answers].map(order => order.id).sort((a, b) => a - b);
    const [store] = await cluster.list("Pod", { labelSelector: "app=store" });
    await cluster.delete("Pod", store?.metadata.name ?? "");
    await stage.until(
      "the Service leads to another one",
      ledToAnother(cluster, "store", store?.metadata.uid),
    );
    const kept: Order[] = JSON.parse(await ask(cluster, "GET", "/orders"));
    const ids = kept.map(order => order.id).sort((a, b) => a - b);
    stage.say(`  ${kept.length} orders stand in the journal`);
    stage.claim("all that were confirmed are there, once each", ids.join() === confirmed.join(), ids.length);
  },
} satisfies Demo;

/** A request by the Ingress, of the host that it is for. */
function ask(cluster: Cluster, method: string, path: string, body?: unknown): Promise<string> {
  return new Promise((resolve, reject) => {
    const url = `http://${cluster.ingress}${path}`;
    const asked = request(url, { method, headers: { host: "shop.example" } }, async answer => {
      const said = await text(answer);
      if (answer.statusCode === 200) resolve(said);
      else reject(new Error(`${answer.statusCode}: ${said}`));
    });
    asked.on("error", reject).end(body && JSON.stringify(body));
  });
}

async function buy(cluster: Cluster, id: number): Promise<Order> {
  return JSON.parse(await ask(cluster, "POST", "/orders", { id, item: "tea" }));
}

function countOf(orders: readonly Order[], version: number): number {
  return orders.filter(order => order.version === version).length;
}

async function namesOf(cluster: Cluster, app: string): Promise<string[]> {
  const pods = await cluster.list("Pod", { labelSelector: `app=${app}` });
  return pods.map(({ metadata }) => metadata.name);
}

/** Resolves when each of the pods has printed a text. */
async function eachPrinted(cluster: Cluster, pods: readonly string[], wanted: string): Promise<void> {
  for (const pod of pods)
    for await (const line of cluster.logs(`Pod/${pod}`, { follow: true })) if (line.includes(wanted)) break;
}

/** Resolves when a Service leads to a ready pod that is not the one with this uid. */
async function ledToAnother(cluster: Cluster, service: string, uid?: string): Promise<void> {
  const labelSelector = `kubernetes.io/service-name=${service}`;
  for await (const { type, object } of cluster.watch("EndpointSlice", { labelSelector }))
    if (
      type !== "BOOKMARK" &&
      object.endpoints?.some(
        ({ conditions, targetRef }) => conditions?.ready === true && targetRef?.uid !== uid,
      )
    )
      return;
}
