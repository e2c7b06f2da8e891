import { type Container, controller, type Draft, type KubernetesObject, owned, ownedBy, settled } from "k4s";

/** Keeps a Container for each stage of a Pipeline, each passing on to the next. */
export const pipelines = controller({
  kind: "Pipeline",
  // A change of a Container that a Pipeline owns concerns that Pipeline.
  wokenBy: [owned("Container", "Pipeline")],

  async reconcile(pipeline, world) {
    const wanted = containersOf(pipeline);
    const there = world.ownedBy(pipeline, "Container");

    // TODO 1: create what is wanted and not there.
    // TODO 2: update what is there and has another spec than is wanted.
    // TODO 3: delete what is there and not wanted.
    // TODO 4: report how many stages are wanted, and how many are ready.
    await world.report(pipeline, { stages: wanted.length, ready: there.length });

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
