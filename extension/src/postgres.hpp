// PostgreSQL's headers, for C++. Every file in src/ starts with this one; no file in core/ may.
#pragma once

extern "C" {
#include "postgres.h"
//
#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/supportnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"
#include "utils/varlena.h"
}

static_assert(PG_VERSION_NUM >= 140000, "the install script has bodies of BEGIN ATOMIC");

/// Defined for the releases that index/nbtree_scan.cpp knows: it relies on the layout of pages and on
/// functions that are not public. CONTRIBUTING.md lists what was tested on which.
#if PG_VERSION_NUM < 190000
#define TAILOR_NBTREE_SCAN
#endif

/// Which catalog cache an invalidation callback is called for.
#if PG_VERSION_NUM >= 190000
using CatalogCacheId = SysCacheIdentifier;
#else
using CatalogCacheId = int;
#endif

/// Declares a function that SQL calls. Before PostgreSQL 16 PG_FUNCTION_INFO_V1 itself exports only its
/// record.
#define TAILOR_SQL_FUNCTION(name)           \
  PGDLLEXPORT Datum name(PG_FUNCTION_ARGS); \
  PG_FUNCTION_INFO_V1(name)
