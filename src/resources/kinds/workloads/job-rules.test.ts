/** The rules of Jobs and CronJobs, by table: what is given, and the fields and words of what is wrong with it, those of Kubernetes. */
import { describe, expect, test } from "vitest";
import { completed, decoded, faultsIn } from "../../accept.ts";
import type { CronJob, Job } from "../../generated/kubernetes.gen.ts";
import { KindRegistry } from "../../kind-registry.ts";

const kinds = new KindRegistry();
type Fields = Readonly<Record<string, unknown>>;

const template = (more: Fields = {}, labels: Fields = {}) => ({
  metadata: { labels },
  spec: { restartPolicy: "Never", containers: [{ name: "app", image: "x:1" }], ...more },
});

function jobOf(spec: Fields, name = "j", status: Fields = {}): Job {
  const kind = kinds.find("Job");
  const given = { template: template(), ...spec };
  const metadata = { name, namespace: "golden" };
  const { draft } = decoded(kind, { apiVersion: "batch/v1", kind: "Job", metadata, spec: given });
  const made = { ...draft, metadata: { ...draft.metadata, uid: "u1" } };
  const job = kind.rules?.prepare?.(completed(kind, made));
  return { ...job, status } as Job;
}

const told = (causes: ReturnType<typeof faultsIn>) =>
  causes.map(({ field, message }) => `${field}: ${message}`);
const faults = (spec: Fields, name?: string) => told(faultsIn(kinds.find("Job"), jobOf(spec, name)));

const indexed = (more: Fields = {}) => ({ completionMode: "Indexed", completions: 5, ...more });
const many = (more: Fields) => indexed({ completions: 100_001, backoffLimitPerIndex: 1, ...more });
const failing = (...rules: Fields[]) => ({ podFailurePolicy: { rules } });
const codes = (more: Fields) => failing({ action: "Ignore", onExitCodes: { operator: "In", ...more } });
const onCondition = (more: Fields) => failing({ action: "Ignore", onPodConditions: [more] });
const succeeding = (...rules: Fields[]) => indexed({ successPolicy: { rules } });
const range = (length: number, first = 1) => Array.from({ length }, (_, i) => first + i);
const disrupted = { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] };
const own = { selector: { matchLabels: { a: "b" } } };

describe("a Job that is right", () => {
  test.each<[string, Fields]>([
    ["a selector of its own", { manualSelector: true, ...own, template: template({}, { a: "b" }) }],
    ["an empty selector takes all", { manualSelector: true, selector: {} }],
    ["100,000 at once", indexed({ completions: 100_000, parallelism: 100_000 })],
    ["many with limits", many({ parallelism: 10_000, maxFailedIndexes: 10_000 })],
    ["a condition that is to be True", onCondition({ type: "DisruptionTarget" })],
    ["the codes of a container", codes({ containerName: "app", values: [1, 255] })],
    ["255 codes", codes({ values: range(255) })],
    ["20 rules", failing(...range(20).map(() => disrupted))],
    ["indexes and a count", succeeding({ succeededIndexes: "0,2-4", succeededCount: 4 })],
    ["managed by another", { managedBy: "example.com/controller" }],
  ])("%s", (_, spec) => expect(faults(spec)).toEqual([]));
});

describe("what is wrong with a Job", () => {
  const rules = "spec.podFailurePolicy.rules";
  const exit = `${rules}[0].onExitCodes`;
  const condition = `${rules}[0].onPodConditions[0]`;
  const success = "spec.successPolicy.rules";
  const indexes = `${success}[0].succeededIndexes: Invalid value:`;
  const parsing = "error parsing succeededIndexes:";
  test.each<[spec: Fields, ...wrong: (string | RegExp)[]]>([
    [
      own,
      /^spec.selector: .*: `selector` not auto-generated$/,
      /labels: .*`selector` does not match template `labels`$/,
    ],
    [
      { manualSelector: true, template: template({}, {}) },
      "spec.selector: Required value",
      /does not match template `labels`$/,
    ],
    [{ manualSelector: true, ...own }, /^spec.template.metadata.labels: .*does not match template `labels`$/],
    [
      { template: template({}, { "job-name": "other" }) },
      /^spec.template.metadata.labels\[job-name\]: Invalid value: .*: must be 'j'$/,
    ],
    [
      indexed({ completions: undefined, parallelism: 2 }),
      "spec.completions: Required value: when completion mode is Indexed",
    ],
    [
      indexed({ parallelism: 100_001 }),
      "spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed",
    ],
    [
      many({ maxFailedIndexes: 100_002 }),
      "spec.maxFailedIndexes: Invalid value: 100002: must be less than or equal to completions",
      "spec.maxFailedIndexes: Invalid value: 100002: must be less than or equal to 100000",
      "spec.maxFailedIndexes: Invalid value: 100002: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index",
    ],
    [many({}), "spec.maxFailedIndexes: Required value: must be specified when completions is above 100000"],
    [
      many({ maxFailedIndexes: 1, parallelism: 10_001 }),
      "spec.parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index",
    ],
    [
      { maxFailedIndexes: 1 },
      "spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified",
      "spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode",
    ],
    [{ managedBy: "" }, "spec.managedBy: Required value"],
    [
      { managedBy: "not a path" },
      'spec.managedBy: Invalid value: "not a path": must be a domain-prefixed path (such as "acme.io/foo")',
    ],
    [
      { managedBy: `example.com/${"a".repeat(60)}` },
      "spec.managedBy: Too long: may not be more than 63 bytes",
    ],
    [failing(...range(21).map(() => disrupted)), `${rules}: Too many: 21: must have at most 20 items`],
    [codes({ values: range(256) }), `${exit}.values: Too many: 256: must have at most 255 items`],
    [codes({ values: [] }), `${exit}.values: Invalid value: []: at least one value is required`],
    [
      codes({ values: [2, 1, 1, 0] }),
      `${exit}.values[2]: Duplicate value: 1`,
      `${exit}.values[3]: Invalid value: 0: must not be 0 for the In operator`,
      `${exit}.values: Invalid value: [2,1,1,0]: must be ordered`,
    ],
    [codes({ operator: "", values: [1] }), `${exit}.operator: Required value: valid values: ["In" "NotIn"]`],
    [
      codes({ containerName: "db", values: [1] }),
      `${exit}.containerName: Invalid value: "db": must be one of the container or initContainer names in the pod template`,
    ],
    [
      onCondition({ type: "DisruptionTarget", status: "Maybe" }),
      `${condition}.status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"`,
    ],
    [onCondition({ type: "a b" }), /onPodConditions\[0\].type: Invalid value: "a b": name part must consist/],
    [
      failing({ action: "Ignore", onPodConditions: range(21).map(() => ({ type: "Ready" })) }),
      `${rules}[0].onPodConditions: Too many: 21: must have at most 20 items`,
    ],
    [
      failing({ ...disrupted, action: "FailIndex" }),
      `${rules}[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set`,
    ],
    [
      failing({ ...disrupted, action: "Foo" }),
      `${rules}[0].action: Unsupported value: "Foo": supported values: "Count", "FailIndex", "FailJob", "Ignore"`,
    ],
    [
      succeeding(),
      `${success}: Required value: at least one rules must be specified when the successPolicy is specified`,
    ],
    [
      succeeding({}),
      `${success}[0]: Required value: at least one of succeededCount or succeededIndexes must be specified`,
    ],
    [
      succeeding(...range(21).map(() => ({ succeededCount: 1 }))),
      `${success}: Too many: 21: must have at most 20 items`,
    ],
    [
      succeeding({ succeededIndexes: "3-1" }),
      `${indexes} "3-1": ${parsing} non-increasing order, previous: 3, current: 1`,
    ],
    [
      succeeding({ succeededIndexes: "2,1" }),
      `${indexes} "2,1": ${parsing} non-increasing order, previous: 2, current: 1`,
    ],
    [succeeding({ succeededIndexes: "0-9" }), `${indexes} "0-9": ${parsing} too large index: "9"`],
    [
      succeeding({ succeededIndexes: "a,b" }),
      `${indexes} "a,b": ${parsing} cannot convert string to integer for index: "a"`,
    ],
    [
      succeeding({ succeededIndexes: "1-" }),
      `${indexes} "1-": ${parsing} cannot convert string to integer for index: ""`,
    ],
    [
      succeeding({ succeededIndexes: "1-2-3" }),
      `${indexes} "1-2-3": ${parsing} the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by '-'`,
    ],
    [
      succeeding({ succeededCount: 6 }),
      `${success}[0].succeededCount: Invalid value: 6: must be less than or equal to 5 (the number of specified completions)`,
    ],
    [
      succeeding({ succeededCount: -1 }),
      `${success}[0].succeededCount: Invalid value: -1: must be greater than or equal to 0`,
    ],
    [
      succeeding({ succeededIndexes: "0-1", succeededCount: 3 }),
      `${success}[0].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)`,
    ],
    [
      { successPolicy: { rules: [{ succeededCount: 1 }] } },
      /^spec.successPolicy: Invalid value: .*: requires indexed completion mode$/,
    ],
    [
      { ...failing(disrupted), podReplacementPolicy: "TerminatingOrFailed" },
      'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
    ],
  ])("%j", (spec, ...wrong) => {
    const found = faults(spec);
    expect(found).toEqual(wrong.map(each => (typeof each === "string" ? each : expect.stringMatching(each))));
  });

  test("the host names of an Indexed Job's pods would be too long", () => {
    const name = "a".repeat(61);
    const wrong = `metadata.name: Invalid value: "${name}": will not able to create pod with invalid DNS label: ${name}-999`;
    expect(faults(indexed({ completions: 1_000 }), name)).toEqual([wrong]);
    expect(faults(indexed({ completions: 10 }), name)).toEqual([]);
    expect(faults({ completions: 1_000 }, name)).toEqual([]);
  });
});

describe("what may change in a Job", () => {
  const changed = (before: Fields, after: Fields, status: Fields = {}) =>
    told(faultsIn(kinds.find("Job"), jobOf(after), jobOf(before, "j", status)));
  const placed = template(
    { nodeSelector: { disk: "ssd" }, tolerations: [{ operator: "Exists" }] },
    { a: "b" },
  );
  const near = {
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [] }] },
  };
  const affine = template({ affinity: { nodeAffinity: near } });
  const apart = template({
    affinity: {
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "a/b" }] },
    },
  });
  const other = template({ containers: [{ name: "app", image: "x:2" }] });
  test.each<[string, Fields, Fields, Fields, (string | RegExp)[]]>([
    ["its parallelism", { parallelism: 1 }, { parallelism: 2 }, {}, []],
    ["where a suspended Job's pods go", { suspend: true }, { suspend: true, template: placed }, {}, []],
    ["as it is resumed", { suspend: true }, { suspend: false, template: placed }, {}, []],
    ["the affinity to nodes", { suspend: true }, { suspend: true, template: affine }, {}, []],
    ["no longer", { suspend: true, template: affine }, { suspend: true }, {}, []],
    [
      "not the affinity to pods",
      { suspend: true },
      { suspend: true, template: apart },
      {},
      [/^spec.template: .*field is immutable$/],
    ],
    [
      "not where those of one that runs go",
      {},
      { template: placed },
      {},
      [/^spec.template: .*field is immutable$/],
    ],
    [
      "nor of one that ran before",
      { suspend: true },
      { suspend: true, template: placed },
      { startTime: "2026-01-01T00:00:00Z" },
      [/^spec.template: .*field is immutable$/],
    ],
    [
      "not the image",
      { suspend: true },
      { suspend: true, template: other },
      {},
      [/^spec.template: .*field is immutable$/],
    ],
    [
      "not completions",
      { completions: 2 },
      { completions: 3 },
      {},
      ["spec.completions: Invalid value: 3: field is immutable"],
    ],
    [
      "completions and parallelism as one",
      indexed({ parallelism: 5 }),
      indexed({ completions: 7, parallelism: 7 }),
      {},
      [],
    ],
    [
      "not completions alone",
      indexed({ parallelism: 5 }),
      indexed({ completions: 7, parallelism: 5 }),
      {},
      ["spec.completions: Invalid value: 7: can only be modified in tandem with spec.parallelism"],
    ],
    [
      "not who manages it",
      {},
      { managedBy: "a.b/c" },
      {},
      ['spec.managedBy: Invalid value: "a.b/c": field is immutable'],
    ],
  ])("%s", (_, before, after, status, wrong) => {
    const expected = wrong.map(each => (typeof each === "string" ? each : expect.stringMatching(each)));
    expect(changed(before, after, status)).toEqual(expected);
  });
});

describe("what is wrong with a CronJob", () => {
  const cronJob = (job: Fields, more: Fields = {}): CronJob => {
    const kind = kinds.find("CronJob");
    const jobTemplate = { spec: { template: template(), ...job } };
    const spec = { schedule: "@daily", jobTemplate, ...more };
    const metadata = { name: "c", namespace: "golden" };
    const { draft } = decoded(kind, { apiVersion: "batch/v1", kind: "CronJob", metadata, spec });
    return completed(kind, draft) as CronJob;
  };
  const job = "spec.jobTemplate.spec";
  test.each<[job: Fields, more: Fields, ...wrong: string[]]>([
    [{}, { timeZone: "Europe/Berlin" }],
    [
      own,
      {},
      `${job}.selector: Invalid value: {"matchLabels":{"a":"b"}}: \`selector\` will be auto-generated`,
    ],
    [
      { manualSelector: true },
      {},
      `${job}.manualSelector: Unsupported value: true: supported values: "nil", "false"`,
    ],
    [
      succeeding({ succeededCount: 6 }),
      {},
      `${job}.successPolicy.rules[0].succeededCount: Invalid value: 6: must be less than or equal to 5 (the number of specified completions)`,
    ],
    [{}, { timeZone: "+01:00" }, 'spec.timeZone: Invalid value: "+01:00": unknown time zone +01:00'],
    [{}, { timeZone: "../UTC" }, 'spec.timeZone: Invalid value: "../UTC": unknown time zone ../UTC'],
  ])("%j %j", (given, more, ...wrong) =>
    expect(told(faultsIn(kinds.find("CronJob"), cronJob(given, more)))).toEqual(wrong),
  );
});
