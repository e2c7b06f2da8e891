/**
 * `npm run demo`: plays the demos one after another, each in a cluster of its own.
 *
 *     npm run demo                 all of them
 *     npm run demo -- --list       what there is
 *     npm run demo -- 3 scaling    some, by number or by name
 *     npm run demo -- --step       wait for Enter between the steps
 *     npm run demo -- --all        print every write of controllers and nodes, not only those that matter
 *
 * Exit code 0: every claim holds; 1: one does not; 2: the command was not understood; 130: ended by Ctrl-C, by the end of
 * the input, or, with 128 and its number, by a signal.
 */
import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import chalk from "chalk";
import { Cluster, seededRandom, VirtualClock } from "k4s";
import { Left, Reader } from "./reader.ts";
import { type Demo, Stage } from "./stage.ts";
import { print } from "./terminal.ts";
import { passing } from "./virtual-time.ts";

/** Every file `NN-name.ts` is a demo, in the order of the numbers. */
const names = readdirSync(new URL(".", import.meta.url))
  .filter(file => /^\d\d-.+\.ts$/.test(file))
  .map(file => file.slice(0, -".ts".length))
  .sort();
const images = new URL("../workers", import.meta.url);

async function load(name: string): Promise<Demo> {
  return (await import(`./${name}.ts`)).default;
}

const usage = "npm run demo -- [--list] [--step] [--all] [NUMBER|NAME …]";

interface Playing {
  readonly reader: Reader;
  readonly step?: boolean;
  readonly all?: boolean;
}

/** Plays one demo; resolves to the claims that turned out false. */
async function play(name: string, options: Playing): Promise<string[]> {
  const demo = await load(name);
  console.log(`\n${chalk.inverse.bold(` ${name} `)} ${chalk.bold(demo.title)}\n${chalk.dim(demo.picture)}`);
  const clock = demo.isVirtual ? new VirtualClock() : undefined;
  const pretended = clock && { clock, random: seededRandom(1), runtime: "hollow" as const };
  const cluster = new Cluster({ images, ...pretended, ...demo.options });
  await passing(clock, cluster.start());
  const stage = new Stage(cluster, { ...options, clock });
  try {
    await options.reader.orLeft(demo.play(cluster, stage));
    return stage.failures;
  } catch (error) {
    if (error instanceof Left) throw error;
    console.error(chalk.red(`  ✘ ${error instanceof Error ? error.stack : error}`));
    return [...stage.failures, `${name} ended with an error`];
  } finally {
    await passing(clock, cluster.stop());
  }
}

function chosen(wanted: readonly string[]): string[] {
  return wanted.length === 0 ? names : wanted.map(named);
}

function named(word: string): string {
  const found = names.find(
    name => Number(name.slice(0, 2)) === Number(word) || name.includes(word.toLowerCase()),
  );
  if (found) return found;
  console.error(`No demo "${word}". There are:\n${names.map(name => `  ${name}`).join("\n")}`);
  process.exit(2);
}

function readArguments() {
  try {
    const options = {
      all: { type: "boolean" },
      list: { type: "boolean" },
      step: { type: "boolean" },
      help: { type: "boolean" },
    } as const;
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    console.error(`${(error as Error).message}\nUse: ${usage}`);
    process.exit(2);
  }
}

async function playAll(playing: readonly string[], options: Omit<Playing, "reader">): Promise<void> {
  const reader = new Reader();
  const startedAt = performance.now();
  const failures: string[] = [];
  try {
    for (const name of playing) failures.push(...(await play(name, { ...options, reader })));
  } catch (error) {
    if (!(error instanceof Left)) throw error;
    process.exitCode = error.exitCode;
    return;
  } finally {
    reader.close();
  }
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  const demos = `${playing.length} ${playing.length === 1 ? "demo" : "demos"}`;
  console.log();
  if (failures.length === 0) print(chalk.green(`✔ ${demos} in ${seconds} s: every claim holds.`));
  else print(chalk.red(`✘ ${failures.length} of the claims of ${demos} did not hold:`));
  for (const failure of failures) print(chalk.red(failure), "  - ");
  process.exitCode = failures.length === 0 ? 0 : 1;
}

// The reader may stop reading: `npm run demo | head`.
process.stdout.on("error", () => process.exit());

const { values, positionals } = readArguments();
if (values.help) console.log(usage);
else if (values.list)
  for (const name of names) console.log(`${name}  ${chalk.dim((await load(name)).title)}`);
else await playAll(chosen(positionals), { step: values.step, all: values.all });
