/**
 * Plays clusters in virtual time from seeds, with all that can go wrong, and says what was broken (src/simulate/).
 * What it is told, its usage says: `npm run simulate -- --help`.
 */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import type { Change } from "k4s";
import { faultNames, type PlayName, playNames, type SimulatedSeed, simulate } from "k4s/testing";

const usage = `npm run simulate -- [--seed N | --seeds FROM..TO | --replay N [--step]] [OPTIONS]

  --seed N           one play of each kind; --seeds 1..1000: many
  --replay N         one, with what each step changed; --step: Enter goes on
  --plays NAME,NAME  of ${playNames.join(", ")}: only these
  --steps N          how many steps each has (100)
  --only N,N         of these only those, as a failure prints them
  --faults NAME,NAME only these faults; none; help lists them
  --no-shrink        a history that fails is not made shorter
  --told             what was told as gone wrong inside, too`;

const options = {
  help: { type: "boolean", short: "h", default: false },
  seed: { type: "string" },
  seeds: { type: "string" },
  replay: { type: "string" },
  step: { type: "boolean", default: false },
  plays: { type: "string" },
  steps: { type: "string", default: "100" },
  only: { type: "string" },
  faults: { type: "string" },
  "no-shrink": { type: "boolean", default: false },
  told: { type: "boolean", default: false },
} as const;
/** Says what is wrong with the options, and ends. */
function refuse(problem: string): never {
  console.error(`${problem}\n\n${usage}`);
  process.exit(2);
}

function parsed() {
  try {
    return parseArgs({ options });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const { values } = parsed();

if (values.help) {
  console.log(usage);
  process.exit();
}

if (values.faults === "help") {
  console.log(faultNames.join("\n"));
  process.exit();
}

if ([values.seed, values.seeds, values.replay].filter(given => given !== undefined).length > 1)
  refuse("--seed, --seeds, --replay: one of them says what is played");
const [first = "1", last = first] = (values.replay ?? values.seed ?? values.seeds ?? "1").split("..");
for (const number of [first, last, values.steps, ...(values.only?.split(",") ?? [])])
  if (!/^\d{1,15}$/.test(number)) refuse(`"${number}" is no number`);
if (Number(first) > Number(last))
  refuse(`${first}..${last} are no seeds: the first is greater than the last`);
for (const number of values.only?.split(",") ?? [])
  if (Number(number) >= Number(values.steps)) refuse(`there is no step ${number} of ${values.steps}`);
const isReplay = values.replay !== undefined;
const lines = values.step ? createInterface({ input: process.stdin }) : undefined;

const changeLine = ({ type, key, actor, revision }: Change) =>
  `      ${revision} ${type} ${key.kind} ${key.namespace && `${key.namespace}/`}${key.name} by ${actor}`;

function told({ seed, play, faults, writes, acknowledged, failure, told }: SimulatedSeed): void {
  const count = Object.values(faults).reduce((sum, each) => sum + each, 0);
  console.log(
    `seed ${seed} ${play}: ${count} faults, ${writes} writes, ${acknowledged} acknowledged, ${failure ? "BROKEN" : "all held"}`,
  );
  if (values.told) for (const what of told) console.log(`   told: ${what}`);
  if (!failure) return;
  const { invariant, problem, step, shortest, command } = failure;
  console.log(
    `   broken: ${invariant}${step === undefined ? ", at the end" : `, in step ${step}`}: ${problem}`,
  );
  console.log(`   ${shortest.length} steps are enough. To play them again:\n   ${command}`);
}

const chosen = values.faults === "none" ? [] : values.faults?.split(",");
for (const fault of chosen ?? [])
  if (!faultNames.includes(fault)) refuse(`there is no fault "${fault}", but ${faultNames.join(", ")}`);
const isPlay = (name: string): name is PlayName => playNames.some(known => known === name);
const chosenPlays = values.plays?.split(",");
for (const name of chosenPlays ?? [])
  if (!isPlay(name)) refuse(`there is no play "${name}", but ${playNames.join(", ")}`);

const started = performance.now();
const report = await simulate({
  seeds: [Number(first), Number(last)],
  steps: Number(values.steps),
  ...(values.only && { only: values.only.split(",").map(Number) }),
  ...(chosen && { faults: chosen }),
  ...(chosenPlays && { plays: chosenPlays.filter(isPlay) }),
  shrink: !values["no-shrink"] && !isReplay,
  onSeed: told,
  ...(isReplay && {
    onStep: async (step: number, what: string, changes: readonly Change[]) => {
      console.log(`  ${step}  ${what}`);
      for (const change of changes) console.log(changeLine(change));
      if (lines) await once(lines, "line");
    },
  }),
});
lines?.close();
const { seeds, faults, writes, acknowledged, failures } = report;
const seconds = (performance.now() - started) / 1_000;
console.log(
  `${seeds} seeds, ${faults} faults, ${writes} writes, ${acknowledged} acknowledged to users, ${failures.length} broken, in ${seconds.toFixed(0)} s`,
);
process.exitCode = failures.length > 0 ? 1 : 0;
