/**
 * The end of a command whose cluster has stopped. What else runs in the program (a driver that left a socket open, a module that was loaded
 * before it by `--import`) does not keep it running: one signal is enough.
 */

/** What is still being done has so long. */
const graceMs = 1_000;

/** Ends the program with its exit code, a moment from now, if it does not end by itself; says what kept it. */
export function endSoon(): void {
  const end = () => {
    const kinds = [...new Set(process.getActiveResourcesInfo())].join(", ");
    console.error(`k4s: the cluster has stopped, and what still kept the program running was left: ${kinds}`);
    process.exit();
  };
  setTimeout(end, graceMs).unref();
}
