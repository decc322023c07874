import { productionReady } from "@production-ready/express";
import express from "express";

express().use(productionReady());
throw new Error("no database");
