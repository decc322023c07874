import "@production-ready/core/bootstrap";
import { createServer } from "node:http";

createServer().listen(0);
process.kill(process.pid, "SIGTERM");
