/** threads.js exposes one function. */
import { expose } from "threads/worker";

expose(body => body);
