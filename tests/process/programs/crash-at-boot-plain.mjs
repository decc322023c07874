import "@production-ready/core/bootstrap";

await Promise.reject(new Error("no database"));
