import { createServer } from "node:http";
import { echo } from "./plain-echo.mjs";
import { port, tellListening } from "./stage.mjs";

// What most guides tell to write.
const server = createServer(echo).listen(port, "127.0.0.1", tellListening);
process.on("SIGTERM", () => server.close(() => process.exit()));
