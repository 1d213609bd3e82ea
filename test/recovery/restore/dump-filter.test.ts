import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DumpFilter } from '../../../src/recovery/restore/mysql/dump-filter.ts';

const DUMP = `/*M!999999\\- enable the sandbox mode */
-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB
-- Host: localhost    Database: shop
SET @MYSQLDUMP_TEMP_LOG_BIN = @@SESSION.SQL_LOG_BIN;
SET @@SESSION.SQL_LOG_BIN= 0;

SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ 'aaaa:1-5,
bbbb:1-9';

CREATE DATABASE /*!32312 IF NOT EXISTS*/ \`shop\` /*!40100 DEFAULT CHARACTER SET latin1 */;

USE \`shop\`;
DROP TABLE IF EXISTS \`items\`;
CREATE TABLE \`items\` (
  \`id\` int(11) NOT NULL COMMENT 'USE \`x\`'
) ENGINE=InnoDB;
INSERT INTO \`items\` VALUES
(1,'GRANT \\n CREATE TABLE \`no\`'),
(2,'é');
/*!50001 CREATE VIEW \`v\` AS SELECT
 1 AS \`id\` */;
DELIMITER ;;
CREATE DEFINER=\`a\`@\`b\` PROCEDURE \`p\`()
BEGIN
CREATE TABLE \`shop\`.\`t\` (i int);
GRANT SELECT ON x TO y;
END ;;
DELIMITER ;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50001 VIEW \`v\` AS select \`shop\`.\`items\`.\`id\` AS \`id\` from \`items\` */;
GRANT ALL ON *.* TO root;
-- Dump completed on 2026-03-01  3:00:04`;

const KEPT = `/*M!999999\\- enable the sandbox mode */
-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB
-- Host: localhost    Database: shop${'\n'.repeat(10)}DROP TABLE IF EXISTS \`items\`;
CREATE TABLE \`items\` (
  \`id\` int(11) NOT NULL COMMENT 'USE \`x\`'
) ENGINE=InnoDB;
INSERT INTO \`items\` VALUES
(1,'GRANT \\n CREATE TABLE \`no\`'),
(2,'é');
/*!50001 CREATE VIEW \`v\` AS SELECT
 1 AS \`id\` */;
DELIMITER ;;
CREATE DEFINER=\`a\`@\`b\` PROCEDURE \`p\`()
BEGIN
CREATE TABLE \`shop\`.\`t\` (i int);
GRANT SELECT ON x TO y;
END ;;
DELIMITER ;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50001 VIEW \`v\` AS select \`items\`.\`id\` AS \`id\` from \`items\` */;

-- Dump completed on 2026-03-01  3:00:04`;

/** What is handed on of a dump that comes in pieces of these sizes. */
function filtered(dump: Buffer, size: () => number) {
  const filter = new DumpFilter();
  const out: Buffer[] = [];
  for (let at = 0; at < dump.length; ) {
    const piece = dump.subarray(at, at + size());
    out.push(...filter.update(piece));
    at += piece.length;
  }
  out.push(...filter.end());
  return { text: Buffer.concat(out).toString(), filter };
}

describe('a dump of MySQL', () => {
  it('changes nothing but its own database, and keeps its lines, however it comes', () => {
    const dump = Buffer.from(DUMP);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 }), (sizes) => {
        let turn = 0;
        const { text, filter } = filtered(dump, () => sizes[turn++ % sizes.length] ?? 1);
        expect(text).toBe(KEPT);
        expect(text.split('\n')).toHaveLength(DUMP.split('\n').length);
        expect(filter.tables).toBe(1);
        expect(filter.databases).toEqual(['shop']);
      }),
      { numRuns: 60 },
    );
  });

  it('says which of its lines make views', () => {
    const { filter } = filtered(Buffer.from(DUMP), () => 64);
    const lines = DUMP.split('\n').flatMap((line, index) =>
      filter.isOfView(index + 1) ? [line.slice(0, 24)] : [],
    );
    expect(lines).toEqual([
      '/*!50001 CREATE VIEW `v`',
      '/*!50001 CREATE ALGORITH',
      '/*!50001 VIEW `v` AS sel',
    ]);
  });

  it('hands on a view that is longer than what is held, as it is', () => {
    const line = `/*!50001 VIEW \`v\` AS select ${"'x',".repeat(2 ** 19)} 1 */;\n`;
    expect(filtered(Buffer.from(line), () => 2 ** 16).text).toBe(line);
  });

  it.each([
    '/*!40000 DROP DATABASE IF EXISTS `shop`*/;',
    'DROP DATABASE IF EXISTS `shop`;',
    'DROP SCHEMA `shop`;',
    'CREATE SCHEMA `shop`;',
    '/*!50606 SET GLOBAL INNODB_STATS_AUTO_RECALC=OFF */;',
    '/*M!100000 DROP DATABASE IF EXISTS `shop`*/;',
  ])('is handed on without %s', (line) => {
    const kept = 'SET NAMES utf8mb4;\n';
    expect(inOneAndInBytes(`${line}\n${kept}`)).toBe(`\n${kept}`);
  });

  it.each([
    ['ALTER DATABASE `shop` CHARACTER SET latin1 ;', 'ALTER DATABASE CHARACTER SET latin1 ;'],
    [
      'DELIMITER ;;\nALTER DATABASE `a``b` CHARACTER SET latin1 ;;\nDELIMITER ;',
      'DELIMITER ;;\nALTER DATABASE CHARACTER SET latin1 ;;\nDELIMITER ;',
    ],
    [
      trigger('TRIGGER shop.`log` BEFORE INSERT ON `shop`.`items` FOR EACH ROW', 'SET NEW.id = shop.f()'),
      trigger('TRIGGER `log` BEFORE INSERT ON `items` FOR EACH ROW', 'SET NEW.id = shop.f()'),
    ],
    [
      trigger('trigger shop.log after update\non  shop . items\nfor each row', 'SET NEW.id = 1'),
      trigger('trigger log after update\non  items\nfor each row', 'SET NEW.id = 1'),
    ],
    [
      trigger('TRIGGER "shop"."log" BEFORE INSERT ON "shop"."items" FOR EACH ROW', 'SET NEW.id = 1', '"'),
      trigger('TRIGGER "log" BEFORE INSERT ON "items" FOR EACH ROW', 'SET NEW.id = 1', '"'),
    ],
  ])('goes into its own database by no name: %j', (statement, own) => {
    expect(inOneAndInBytes(`${statement}\nSELECT 1;\n`)).toBe(`${own}\nSELECT 1;\n`);
  });

  it('keeps what the body of a routine says', () => {
    const routine = `DELIMITER ;;
CREATE DEFINER=\`TRIGGER\`@\`a.b\` PROCEDURE \`p\`()
BEGIN
ALTER DATABASE \`other\` CHARACTER SET latin1;
SELECT trigger.id FROM trigger;
${'-- a long line '.repeat(100_000)}
DROP DATABASE \`x\`;
END ;;
DELIMITER ;
`;
    expect(inOneAndInBytes(routine, 2 ** 16)).toBe(routine);
  });
});

/** As mysqldump writes it: the words from TRIGGER on are those of the user. */
function trigger(head: string, body: string, quote = '`'): string {
  const definer = ['TRIGGER.a', 'db.example.com'].map((name) => `${quote}${name}${quote}`).join('@');
  const created = `/*!50003 CREATE*/ /*!50017 DEFINER=${definer}*/ /*!50003 ${head}\nBEGIN\n${body};\nEND */;;`;
  return `DELIMITER ;;\n${created}\nDELIMITER ;`;
}

/** What is handed on, which is the same however the dump comes. */
function inOneAndInBytes(dump: string, size = 1): string {
  const bytes = Buffer.from(dump);
  const { text } = filtered(bytes, () => bytes.length);
  expect(filtered(bytes, () => size).text).toBe(text);
  return text;
}
