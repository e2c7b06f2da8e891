/** What a control plane does when it begins, before its controllers run: the objects that every cluster has, and those of its storage. */
import type { ControllerContext } from "../loop/index.ts";
import type { Runtime } from "../node/index.ts";
import type { Draft, KindRegistry } from "../resources/index.ts";
import type { PendingAnswers, Store } from "../store/index.ts";
import { followDefinitions } from "./kind-definitions.ts";
import { bootstrap, ensure, ensureFirstDefinitions, ensureFirstObjects } from "./objects/index.ts";
import type { ControlPlane } from "./shared-parts.ts";

interface PlaneParts {
  readonly store: Store;
  readonly kinds: KindRegistry;
  readonly context: ControllerContext;
  readonly runtimes: ReadonlyMap<string, Runtime>;
  readonly answers: PendingAnswers;
  /** What there is besides what every cluster has. */
  readonly classes: readonly Draft[];
  /** Makes what there is of a cluster that was there before, too. */
  readonly openStorage: () => Promise<void>;
}

export function controlPlane({
  store,
  kinds,
  context,
  runtimes,
  answers,
  classes,
  openStorage,
}: PlaneParts): ControlPlane {
  const begin = async () => {
    followDefinitions(store, kinds);
    await ensureFirstDefinitions(context.registry, kinds, bootstrap);
    await ensureFirstObjects(context.registry, runtimes.keys(), { author: bootstrap });
    for (const draft of classes) await ensure(draft, context.registry, { author: bootstrap });
    await openStorage();
    context.events.start();
  };
  let begun: Promise<void> | undefined;
  return {
    begin: () => {
      begun ??= begin();
      return begun;
    },
    fail: () => answers.stop(),
    close: () => context.events.stop(),
  };
}
