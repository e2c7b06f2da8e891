/**
 * `npm run demo`: plays the demos one after another, each in a cluster of its own.
 *
 *     npm run demo                 all of them
 *     npm run demo -- --list       what there is
 *     npm run demo -- 3 scaling    some, by number or by name
 *     npm run demo -- --step       wait for Enter between the steps
 */
import { parseArgs } from "node:util";
import chalk from "chalk";
import { Cluster } from "k4s";
import { type Demo, Stage } from "./stage.ts";

const names = [
  "01-container",
  "02-load-balancing",
  "03-scaling",
  "04-pipeline",
  "05-calculator",
  "06-aggregation",
  "07-generator",
  "08-self-healing",
  "09-rollout",
];
const images = new URL("../workers", import.meta.url);

async function load(name: string): Promise<Demo> {
  return (await import(`./${name}.ts`)).default;
}

/** Plays one demo; resolves to the claims that turned out false. */
async function play(name: string, options: { step: boolean }): Promise<string[]> {
  const demo = await load(name);
  console.log(`\n${chalk.inverse.bold(` ${name} `)} ${chalk.bold(demo.title)}\n${chalk.dim(demo.picture)}`);
  const cluster = new Cluster({ images });
  await cluster.start();
  const stage = new Stage(cluster, options);
  try {
    await demo.play(cluster, stage);
    return stage.failures;
  } catch (error) {
    console.error(chalk.red(`  ✘ ${error instanceof Error ? error.stack : error}`));
    return [...stage.failures, `${name} ended with an error`];
  } finally {
    await cluster.stop();
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
      list: { type: "boolean" },
      step: { type: "boolean" },
      help: { type: "boolean" },
    } as const;
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    console.error(`${(error as Error).message}\nUse: npm run demo -- [--list] [--step] [NUMBER|NAME …]`);
    process.exit(2);
  }
}

// Whoever reads may stop reading: `npm run demo | head`.
process.stdout.on("error", () => process.exit());

const { values, positionals } = readArguments();
if (values.help) {
  console.log("npm run demo -- [--list] [--step] [NUMBER|NAME …]");
} else if (values.list) {
  for (const name of names) console.log(`${name}  ${chalk.dim((await load(name)).title)}`);
} else {
  const startedAt = performance.now();
  const failures: string[] = [];
  const playing = chosen(positionals);
  for (const name of playing) failures.push(...(await play(name, { step: values.step ?? false })));
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  if (failures.length === 0)
    console.log(chalk.green(`\n✔ ${playing.length} demos in ${seconds} s: every claim holds.`));
  else
    console.log(
      chalk.red(
        `\n✘ ${failures.length} claims do not hold:\n${failures.map(text => `  - ${text}`).join("\n")}`,
      ),
    );
  process.exitCode = failures.length === 0 ? 0 : 1;
}
