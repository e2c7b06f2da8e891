/** A new version gets one request of ten, then half, then all: by the weights of an HTTPRoute whose parent is the Service. */
import type { Cluster } from "k4s";
import { Load } from "./load.ts";
import type { Demo } from "./stage.ts";

interface Greeting {
  version: number;
}

export default {
  title: "Canary by weights",
  picture: `
              HTTPRoute canary      ┌─ 90 ─▶ Service greet-v1 ──▶ greeter:v1
     request ──▶ Service greet ─────┤
                                    └─ 10 ─▶ Service greet-v2 ──▶ greeter:v2`,
  manifest: "20-canary.yaml",
  async play(cluster, stage) {
    await stage.step(
      "Declare two versions of a greeter, a Service over each, and the Service that clients know.",
    );
    await stage.apply(this.manifest);
    await stage.until(
      "both versions run",
      Promise.all([1, 2].map(version => cluster.rollout.wait(`Deployment/greeter-v${version}`))),
    );

    await stage.step("Keep eight requests in flight from now on.");
    const load = new Load(async () => (await cluster.api.request<Greeting>("greet", "Ada")).version, 8);
    try {
      const before = await load.next(200);
      stage.claim("without a route only version 1 answers", shareOfTwo(before) === 0, said(before));

      await stage.step("Route one request of ten to version 2.");
      await weigh(cluster, 90, 10);
      const tenth = await load.next(2_000);
      stage.say(`  ${said(tenth)}`);
      stage.claim("about a tenth gets it", isAbout(shareOfTwo(tenth), 0.1), said(tenth));

      await stage.step("It does well: half of them.");
      await weigh(cluster, 50, 50);
      const half = await load.next(2_000);
      stage.say(`  ${said(half)}`);
      stage.claim("about half of them get it", isAbout(shareOfTwo(half), 0.5), said(half));

      await stage.step("All of them.");
      await weigh(cluster, 0, 100);
      await settled(load);
      const all = await load.next(500);
      stage.claim("only version 2 answers", shareOfTwo(all) === 1, said(all));

      await stage.step("Take the route away.");
      await cluster.delete("HTTPRoute", "canary");
      await settled(load);
      const after = await load.next(500);
      stage.claim("the Service leads to its own pods again", shareOfTwo(after) === 0, said(after));
    } finally {
      await load.stop();
    }
    stage.claim("not one request was lost", load.errors.length === 0, load.errors[0]);
  },
} satisfies Demo;

/** Resolves when the route's status says that it holds. */
async function weigh(cluster: Cluster, first: number, second: number): Promise<void> {
  await cluster.apply({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "canary" },
    spec: {
      parentRefs: [{ group: "", kind: "Service", name: "greet" }],
      rules: [
        {
          backendRefs: [
            { name: "greet-v1", port: 80, weight: first },
            { name: "greet-v2", port: 80, weight: second },
          ],
        },
      ],
    },
  });
  await cluster.waitFor("HTTPRoute/canary", route => {
    const { parents = [] } = (route?.status ?? {}) as { parents?: { conditions?: Told[] }[] };
    return parents.some(({ conditions = [] }) =>
      conditions.some(
        ({ type, status, observedGeneration }) =>
          type === "Accepted" && status === "True" && observedGeneration === route?.metadata.generation,
      ),
    );
  });
}

/** Who sends hears of a change a moment later: what goes out meanwhile does not count. */
async function settled(load: Load<number>): Promise<void> {
  await load.next(200);
}

interface Told {
  readonly type: string;
  readonly status: string;
  readonly observedGeneration?: number;
}

function shareOfTwo(versions: readonly number[]): number {
  return versions.filter(version => version === 2).length / Math.max(1, versions.length);
}

function isAbout(share: number, wanted: number): boolean {
  return Math.abs(share - wanted) < 0.06;
}

function said(versions: readonly number[]): string {
  return `${versions.length} answers, ${Math.round(shareOfTwo(versions) * 100)} % of version 2`;
}
