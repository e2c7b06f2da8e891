/** New code for running workers, one after another, while requests flow. */
import type { Container } from "k4s";
import type { Demo } from "./stage.ts";

interface Greeting {
  version: number;
  greeting: string;
}

export default {
  title: "Replacing code under load",
  picture: `
     Container greeter   module: greeter:v1 ──▶ greeter:v2

     greeter-rs-0   v1 ─────────────────────────▶ v2
     greeter-rs-1   v1 ────────────▶ v2           each finishes its inbox first,
     greeter-rs-2   v1 ──▶ v2                     and only one is away at a time`,
  manifest: "09-rollout.yaml",
  async play(cluster, stage) {
    await stage.step("Declare a greeter, version 1, and three copies of it.");
    await stage.apply(this.manifest);
    await stage.until("all copies are ready", cluster.waitFor("ReplicaSet/greeter-rs", "Ready"));

    await stage.step("Keep twelve requests in flight from now on.");
    let asking = true;
    const greetings: Greeting[] = [];
    const errors: unknown[] = [];
    const customer = async () => {
      while (asking)
        await cluster.api.request<Greeting>("greet", "Ada").then(
          g => greetings.push(g),
          e => errors.push(e),
        );
    };
    const customers = Array.from({ length: 12 }, customer);

    try {
      await stage.step("Declare version 2 in the Container that the set copies.");
      await cluster.patch("Container", "greeter", { spec: { module: "greeter:v2" } });
      const copies = [2, 1, 0].map(i => `greeter-rs-${i}`);
      const hasV2 = (copy?: Container) =>
        copy?.spec.module === "greeter:v2" &&
        copy.status?.ready === true &&
        copy.status.observedGeneration === copy.metadata.generation;
      const rolledOut = Promise.all(copies.map(name => cluster.waitFor(`Container/${name}`, hasV2)));
      await stage.until("every copy runs version 2", rolledOut);
    } finally {
      asking = false;
    }
    await Promise.all(customers);

    await stage.table("Container");
    const count = (version: number) => greetings.filter(greeting => greeting.version === version).length;
    stage.bars(new Map([1, 2].map(version => [`version ${version}`, count(version)])));
    stage.claim("both versions answered meanwhile", count(1) > 0 && count(2) > 0, greetings.length);
    stage.claim("not one request was lost", errors.length === 0, errors[0]);
    const last = await cluster.api.request<Greeting>("greet", "Ada");
    stage.claim("now only version 2 answers", last.version === 2, last);
  },
} satisfies Demo;
