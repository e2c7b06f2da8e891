import type { WorkerContext } from "k4s";

/** Counts the primes below the number that it is sent: it keeps a processor busy as long as there is work. */
export async function primes({ inbox }: WorkerContext): Promise<void> {
  for await (const message of inbox) {
    let found = 0;
    for (let number = 2; number < Number(message.body); number++) if (isPrime(number)) found++;
    message.reply(found);
  }
}

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return true;
}
