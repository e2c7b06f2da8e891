/** What `npm run chaos` can be told. What it cannot be told is refused with a word, and with exit code 2. */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";

export interface ChaosOptions {
  readonly part?: readonly string[];
  readonly kills?: number;
  readonly seed: number;
  readonly writers: number;
  readonly namespaces: boolean;
  readonly quick: boolean;
}

export function chaosOptions(parts: readonly string[]): ChaosOptions {
  const command = new Command("npm run chaos --")
    .description("kills, halts and cuts off real processes, and compares what is there with what was told")
    .addOption(new Option("--part <name...>", "only these parts").choices(parts))
    .option("--kills <count>", "how many faults each part plays (default: each part's own number)", count)
    .option("--seed <number>", "what is drawn; what the machine makes of it differs each time", count, 1)
    .option("--writers <count>", "how many write at once", count, 16)
    .option("--namespaces", "cut networks by namespaces of Linux instead of proxies: as root", false)
    .option("--quick", "one to three faults each, all parts at once", false)
    .allowExcessArguments(false)
    .exitOverride();
  try {
    return command.parse().opts<ChaosOptions>();
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
    throw error;
  }
}

function count(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is no whole number.");
}
