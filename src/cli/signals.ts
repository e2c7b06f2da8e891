/** How a command is told to end: Ctrl-C, or SIGTERM from whatever started it. */

/** Resolves to the first signal. A second one ends the program at once, as if nobody listened. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    const signals: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
    const heard = (signal: NodeJS.Signals) => {
      for (const each of signals) process.off(each, heard);
      resolve(signal);
    };
    for (const each of signals) process.on(each, heard);
  });
}
