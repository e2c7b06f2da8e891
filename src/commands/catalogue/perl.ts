/**
 * `perl`, of which there is one program: the digits of pi, which the Job that Kubernetes' page about Jobs begins with computes. Anything
 * else ends with an error that says so.
 */
import { type Invocation, print } from "../program.ts";

const mostDigits = 100_000;

/** `perl -Mbignum=bpi -wle 'print bpi(2000)'`. */
export async function perl({ args, stdout, stderr }: Invocation): Promise<number> {
  if (args.includes("-v") || args.includes("--version")) {
    await print(stdout, "\nThis is perl of k4s, which computes pi and nothing else\n");
    return 0;
  }
  const [, asked] = /^\s*print\s+bpi\(\s*(\d+)\s*\)\s*;?\s*$/.exec(args.at(-1) ?? "") ?? [];
  const digits = Number(asked);
  if (!args.some(arg => /^-Mbignum=bpi$/.test(arg)) || !(digits >= 1 && digits <= mostDigits)) {
    await print(
      stderr,
      `perl: the catalogue of k4s has no Perl: of its image only -Mbignum=bpi -wle "print bpi(N)" runs, up to ${mostDigits} digits\n`,
    );
    return 2;
  }
  await print(stdout, `${pi(digits)}\n`);
  return 0;
}

/** With this many digits, the last one rounded. */
export function pi(digits: number): string {
  // By Machin: 16 arctan(1/5) - 4 arctan(1/239), in whole numbers with some digits more.
  const scale = 10n ** BigInt(digits + 10);
  const value = 16n * arctanOfInverse(5n, scale) - 4n * arctanOfInverse(239n, scale);
  const cut = 10n ** 11n;
  const text = String((value + cut / 2n) / cut);
  return digits === 1 ? text : `${text.slice(0, 1)}.${text.slice(1)}`;
}

function arctanOfInverse(x: bigint, scale: bigint): bigint {
  let power = scale / x;
  let sum = power;
  for (let n = 3n, sign = -1n; power !== 0n; n += 2n, sign = -sign) {
    power /= x * x;
    sum += (sign * power) / n;
  }
  return sum;
}
