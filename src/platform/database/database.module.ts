import { type DynamicModule, Module } from '@nestjs/common';
import { Database } from './database.js';
import { Reader, UnitOfWork } from './unit-of-work.js';

/** Gives out an open database; whoever opened it closes it, after everything else has stopped. */
@Module({})
export class DatabaseModule {
  static forRoot(database: Database): DynamicModule {
    const providers = [
      { provide: Database, useValue: database },
      { provide: UnitOfWork, useValue: database.units },
      { provide: Reader, useValue: database.reader },
    ];
    return { module: DatabaseModule, global: true, providers, exports: providers };
  }
}
