#include "service/server/wrapped_keys.hpp"

#include "core/base/codec.hpp"
#include "service/cases/vault.hpp"
#include "service/tips/tips.hpp"

namespace lightkeeper::service {

namespace {

using evidence_keys::WrappedColumn;

BytesView blob(const WrappedColumn::Row& row, std::size_t at) {
  return std::get<Bytes>(row.place.at(at));
}

/// The key of a case, in its first report.
WrappedColumn of_cases() {
  return {
      "report",
      [](store::Transaction& tx) {
        std::vector<WrappedColumn::Row> out;
        for (const auto& row :
             tx.rows("SELECT id, wrapped_key FROM report WHERE length(wrapped_key) > 0")) {
          out.push_back({{row.blob(0)}, cases::case_key_place(row.id<ReportId>(0)), row.blob(1)});
        }
        return out;
      },
      [](store::Transaction& tx, const WrappedColumn::Row& row, BytesView wrapped) {
        tx.run("UPDATE report SET wrapped_key = ? WHERE id = ? AND wrapped_key = ?", wrapped,
               blob(row, 0), row.wrapped);
      }};
}

WrappedColumn of_tips() {
  return {
      "tip_facts",
      [](store::Transaction& tx) {
        std::vector<WrappedColumn::Row> out;
        for (const auto& row : tx.rows("SELECT report, version, wrapped_key FROM tip_facts WHERE "
                                       "length(wrapped_key) > 0")) {
          out.push_back({{row.blob(0), row.integer(1)},
                         tips::tip_key_place(row.id<ReportId>(0), row.number(1)),
                         row.blob(2)});
        }
        return out;
      },
      [](store::Transaction& tx, const WrappedColumn::Row& row, BytesView wrapped) {
        tx.run(
            "UPDATE tip_facts SET wrapped_key = ? WHERE report = ? AND version = ? AND "
            "wrapped_key = ?",
            wrapped, blob(row, 0), std::get<std::int64_t>(row.place.at(1)), row.wrapped);
      }};
}

/// Keys of submissions: src/service/submission/sender.cpp, kKeyLabel.
WrappedColumn of_submissions() {
  return {"submission",
          [](store::Transaction& tx) {
            std::vector<WrappedColumn::Row> out;
            for (const auto& row : tx.rows(
                     "SELECT number, tag, wrapped_key FROM submission WHERE length(wrapped_key) > "
                     "0")) {
              out.push_back({{row.integer(0)},
                             Writer()
                                 .text("lightkeeper submission key v1")
                                 .fixed(row.array<16>(1))
                                 .text("")
                                 .take(),
                             row.blob(2)});
            }
            return out;
          },
          [](store::Transaction& tx, const WrappedColumn::Row& row, BytesView wrapped) {
            tx.run("UPDATE submission SET wrapped_key = ? WHERE number = ? AND wrapped_key = ?",
                   wrapped, std::get<std::int64_t>(row.place.at(0)), row.wrapped);
          }};
}

/// Keys of the room cases as a whole.
WrappedColumn of_the_case_room() {
  return {
      "case_secret",
      [](store::Transaction& tx) {
        std::vector<WrappedColumn::Row> out;
        for (const auto& row : tx.rows("SELECT name, wrapped FROM case_secret")) {
          out.push_back(
              {{row.text(0)},
               Writer().fixed(as_bytes("lightkeeper cases room key v1")).text(row.text(0)).take(),
               row.blob(1)});
        }
        return out;
      },
      [](store::Transaction& tx, const WrappedColumn::Row& row, BytesView wrapped) {
        tx.run("UPDATE case_secret SET wrapped = ? WHERE name = ? AND wrapped = ?", wrapped,
               std::get<std::string>(row.place.at(0)), row.wrapped);
      }};
}

}  // namespace

std::vector<WrappedColumn> wrapped_columns() {
  return {of_cases(), of_tips(), of_submissions(), of_the_case_room()};
}

}  // namespace lightkeeper::service
