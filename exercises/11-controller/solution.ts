import { isDeepStrictEqual } from "node:util";
import { type Container, controller, type Draft, type KubernetesObject, owned, ownedBy, settled } from "k4s";

/** Keeps a Container for each stage of a Pipeline, each passing on to the next. */
export const pipelines = controller({
  kind: "Pipeline",
  // A change of a Container that a Pipeline owns concerns that Pipeline.
  wokenBy: [owned("Container", "Pipeline")],

  async reconcile(pipeline, world) {
    const wanted = containersOf(pipeline);
    const there = world.ownedBy(pipeline, "Container");

    for (const draft of wanted) {
      const found = there.find(({ metadata }) => metadata.name === draft.metadata.name);
      if (!found) await world.create(draft);
      else if (!isDeepStrictEqual(found.spec, draft.spec)) await world.update({ ...found, spec: draft.spec });
    }
    const names = wanted.map(({ metadata }) => metadata.name);
    const unwanted = there.filter(({ metadata }) => !names.includes(metadata.name));
    for (const container of unwanted) await world.delete(container);

    const ready = there.filter(container => container.status?.ready && !unwanted.includes(container)).length;
    await world.report(pipeline, { stages: wanted.length, ready });

    return settled;
  },
});

interface PipelineSpec {
  module: string;
  stages: string[];
}

/** What should be: text-tidy, which passes on to text-words, which passes on to text-count. */
function containersOf(pipeline: KubernetesObject): Draft<Container>[] {
  const { name, namespace } = pipeline.metadata;
  const { module, stages } = pipeline.spec as PipelineSpec;
  return stages.map((stage, index) => {
    const next = stages[index + 1];
    return {
      apiVersion: "k4s.dev/v1",
      kind: "Container",
      metadata: { name: `${name}-${stage}`, namespace, ownerReferences: [ownedBy(pipeline)] },
      spec: { module, function: stage, parameters: next === undefined ? {} : { next: `${name}-${next}` } },
    };
  });
}
