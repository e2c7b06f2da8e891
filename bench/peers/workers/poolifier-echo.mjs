/** Poolifier's worker class around an echo. */
import { ThreadWorker } from "poolifier";

export default new ThreadWorker(body => body, { maxInactiveTime: 2 ** 31 - 1 });
