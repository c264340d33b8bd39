// Where in an index keys were found, so that whoever comes again for one need not descend to it. Only a hint:
// who uses it looks whether the key is still there.
#pragma once

#include "src/postgres.hpp"
#include "src/session_table.hpp"

extern "C" {
#include "common/hashfn.h"
#include "storage/block.h"
#include "storage/buf.h"
#include "storage/off.h"
}

namespace tailor {

/// An entry of a leaf page, and the buffer that held the page.
struct Place {
  BlockNumber block;
  Buffer buffer;
  OffsetNumber offset;
  uint16 byte;  // of the page, where the entry's bytes begin
};

/// The places of the keys that were looked for last, those of all indexes together, one for each hash. For
/// the life of the session.
class PlaceMemory {
 public:
  /// Of a key in an index, by the number of its file: another one after a REINDEX.
  static uint64 hash(const char* key, int length, Oid storage) {
    return hash_bytes_extended(reinterpret_cast<const unsigned char*>(key), length, storage);
  }

  /// nullptr: nothing is known of the key. Else most likely, but not surely, the key's.
  static const Place* find(uint64 hash) {
    const Slot& slot = slots.at(hash);
    return slot.tag == tag(hash) ? &slot.place : nullptr;
  }

  /// Brings what is known of a key into the processor's cache, for find().
  static void expect(uint64 hash) { __builtin_prefetch(&slots.at(hash)); }

  static void keep(uint64 hash, const Place& place) { slots.at(hash) = {place, tag(hash)}; }

 private:
  struct Slot {
    Place place;
    uint32 tag;  // 0: empty
  };

  static uint32 tag(uint64 hash) { return static_cast<uint32>(hash >> 32) | 1; }

  inline static SessionTable<Slot, 1 << 18> slots;
};

}  // namespace tailor
