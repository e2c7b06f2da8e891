/**
 * What a real Kubernetes answered where a LimitRange or a ResourceQuota had a say: the recorded requests
 * (`kubernetes-1.35/admission/limit-range-*.json` and `quota-*.json`) go through the registry with all plugins.
 */
import { expect, test } from "vitest";
import type { ApiError } from "../errors/index.ts";
import { seededRandom, VirtualClock } from "../outside/index.ts";
import { type Draft, KindRegistry, type Pod } from "../resources/index.ts";
import { administrator, MemoryStore, Registry } from "../store/index.ts";
import { describeRecorded, recorded } from "../test-recordings.ts";
import { AdmissionChain } from "./chain.ts";
import { storeReader } from "./plugin.ts";
import { pluginsFor } from "./plugins.ts";

interface Case {
  readonly given: readonly { readonly body?: Draft }[];
  readonly request: { readonly body: Draft };
  readonly response: { readonly status: number; readonly body: Pod & { readonly message: string } };
}

describeRecorded("limits and quotas as recorded", "admission", () => {
  test.each([
    "limit-range-defaults-applied",
    "limit-range-exceeded",
    "quota-pods-exceeded",
    "quota-compute-exceeded",
  ])("%s", async name => {
    const { given, request, response } = recorded<Case>(`admission/${name}.json`);
    const clock = new VirtualClock();
    const store = new MemoryStore({ clock, onFault: fault => expect.fail(String(fault)) });
    const kinds = new KindRegistry();
    const admission = new AdmissionChain(pluginsFor(), storeReader(store, kinds));
    const parts = { store, kinds, admission, clock, random: seededRandom(1) };
    const registry = new Registry(parts);
    const by = { author: { actor: "golden", user: administrator, manager: "golden" } };
    for (const { body } of given) if (body) await registry.create(body, by);
    const write = registry.create(request.body as Draft<Pod>, { ...by, dryRun: true });
    if (response.status >= 300) {
      const refusal = await write.then(
        () => undefined,
        (error: ApiError) => error.message,
      );
      expect(refusal).toBe(response.body.message);
      return;
    }
    const { metadata, spec } = (await write).object;
    expect(metadata.annotations).toEqual(response.body.metadata.annotations);
    expect(spec.containers.map(({ resources }) => resources)).toEqual(
      response.body.spec.containers.map(({ resources }) => resources),
    );
  });
});
