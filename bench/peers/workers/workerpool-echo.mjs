/** Workerpool calls functions by name. */
import workerpool from "workerpool";

workerpool.worker({ echo: body => body });
