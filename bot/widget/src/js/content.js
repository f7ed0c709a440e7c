import { startExit } from "./exit.js";

startExit();
