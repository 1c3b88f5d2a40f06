/**
 * The one place that touches npm:kafkajs.
 *
 * @module
 */

export {};
