import type { CatalogType } from '../../catalog-type.ts';
import { checkProperties } from '../config/properties.ts';
import { KafkaCatalog } from './kafka-catalog.ts';
import { CATALOG_OPTIONS } from './options.ts';

/** The topics of a Kafka cluster as tables. */
export const kafkaCatalog: CatalogType = {
  name: 'kafka',
  doc: 'Every topic of the cluster is a table of its one database. Its columns are guessed from a sample of its records: JSON objects, Avro where a schema registry is given, else text or bytes as they are.',
  options: CATALOG_OPTIONS,
  open(request) {
    checkProperties('catalog type "kafka"', request.options);
    return new KafkaCatalog(request);
  },
};
