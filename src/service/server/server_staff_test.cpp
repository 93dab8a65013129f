// Staff through the sockets of the whole service: invited and changed by two, refused access.
#include <set>

#include "service/server/data_folder.hpp"
#include "service/server/server_testing.hpp"
#include "service/store/system_clock.hpp"

namespace lightkeeper::service {
namespace {

TEST_F(ServerTest, StaffIsInvitedAndChangedByTwo) {
  const auto& admin = by_role_->at("admin");
  const auto& senior = by_role_->at("senior");
  const auto invite = [&](const Person& who, const json& body) {
    return checked("POST", "/api/v1/staff/invitations", "/api/v1/staff/invitations", &who, body);
  };
  const auto decide = [&](const json& number, const Person& who, bool agreed) {
    return checked("POST", "/api/v1/approvals/{approval}",
                   "/api/v1/approvals/" + std::to_string(number.get<int>()), &who,
                   {{"approve", agreed}, {"reason", "as agreed"}});
  };
  // A reviewer needs one person, and comes in with the scopes of the invitation.
  const auto reviewer = invite(admin, {{"role", "reviewer"}, {"scopes", {"threat"}}});
  ASSERT_EQ(reviewer.status, 201) << as_text(reviewer.raw);
  const auto joined = call(
      "POST", "/api/v1/accounts", nullptr,
      {{"code", reviewer.body["code"]}, {"name", "threats-only"}, {"password", "a long password"}});
  EXPECT_EQ(joined.body["scopes"], json({"threat"}));
  EXPECT_EQ(joined.body["permissions"], json({"read_cases", "decide", "prepare_report"}));
  EXPECT_TRUE(joined.body["pseudonym"].get<std::string>().starts_with("R-"));

  // Who may approve needs two.
  const json legal{{"role", "legal"}};
  const auto asked = invite(admin, legal);
  ASSERT_EQ(asked.status, 202);
  auto with_number = legal;
  with_number["approval"] = asked.body["approval"];
  EXPECT_EQ(invite(admin, with_number).body["code"], "not_approved");
  EXPECT_EQ(decide(asked.body["approval"], admin, true).body["code"], "same_person");
  EXPECT_EQ(decide(asked.body["approval"], senior, true).body["state"], "approved");
  auto other_role = with_number;
  other_role["role"] = "admin";
  EXPECT_EQ(invite(admin, other_role).body["code"], "not_approved");
  EXPECT_EQ(invite(admin, with_number).status, 201);
  EXPECT_EQ(invite(admin, with_number).body["code"], "not_approved");
  EXPECT_EQ(invite(admin, {{"role", "person"}}).status, 400);
  EXPECT_EQ(invite(admin, {{"role", "reviewer"}, {"approval", 1}}).status, 400);

  // Another role, by two.
  const Person account{joined.body["account"], joined.body["token"]};
  const auto change = [&](const Person& whom, const json& body) {
    return checked("PUT", "/api/v1/staff/{account}", "/api/v1/staff/" + whom.account, &admin, body);
  };
  const auto promotion = change(account, {{"role", "senior"}, {"scopes", json::array()}});
  ASSERT_EQ(promotion.status, 202);
  EXPECT_EQ(call("GET", "/api/v1/approvals", &account).status, 403);
  EXPECT_EQ(decide(promotion.body["approval"], senior, true).body["state"], "used");
  EXPECT_EQ(checked("GET", "/api/v1/approvals", "/api/v1/approvals", &account).status, 200);
  EXPECT_EQ(change(*ada_, {{"role", "admin"}, {"scopes", json::array()}}).status, 404);
  // Nobody agrees to their own new role.
  const auto own = change(senior, {{"role", "legal"}, {"scopes", json::array()}});
  EXPECT_EQ(decide(own.body["approval"], senior, true).body["code"], "same_person");
  EXPECT_EQ(decide(own.body["approval"], by_role_->at("legal"), false).body["state"], "refused");

  // Gone at once.
  const auto names = [&] {
    const auto answer = checked("GET", "/api/v1/staff", "/api/v1/staff", &admin);
    std::set<std::string> out;
    for (const auto& one : answer.body["staff"]) {
      out.insert(one["name"]);
    }
    return out;
  };
  EXPECT_TRUE(names().contains("threats-only"));
  EXPECT_EQ(checked("DELETE", "/api/v1/staff/{account}", "/api/v1/staff/" + account.account, &admin)
                .status,
            204);
  EXPECT_FALSE(names().contains("threats-only"));
  EXPECT_EQ(call("GET", "/api/v1/approvals", &account).status, 401);
}

TEST_F(ServerTest, WhatPeopleDoWithTheirDevicesIsNotInTheLogAboutStaff) {
  const auto dora = sign_up("dora", accounts::Role::person);
  const auto entries = [&] {
    std::set<std::string> out;
    for (const auto& one : audit()) {
      if (one.dump().contains(dora.account)) {
        out.insert(one["action"]);
      }
    }
    return out;
  };
  const auto sign_in = [&] {
    const auto in = call("POST", "/api/v1/sessions", nullptr,
                         {{"name", "dora"}, {"password", "a long password"}});
    EXPECT_EQ(in.status, 201);
    return Person{in.body["account"], in.body["token"]};
  };
  const auto key = [](Byte value) {
    return json{{"signature_key_b64", to_base64url(Bytes(32, value))}};
  };
  EXPECT_EQ(call("PUT", "/api/v1/devices/current", &dora, key(71)).status, 200);
  const auto laptop = sign_in();
  const auto added = call("PUT", "/api/v1/devices/current", &laptop, key(72));
  ASSERT_EQ(added.status, 200) << as_text(added.raw);
  EXPECT_EQ(
      call("DELETE", "/api/v1/devices/" + added.body["device"].get<std::string>(), &dora).status,
      204);
  (void)conversation(dora, *ben_);
  EXPECT_EQ(call("DELETE", "/api/v1/sessions/current", &dora).status, 204);
  EXPECT_EQ(entries(), std::set<std::string>{});
  // Planted: the same look finds an entry that somebody thinks useful one day.
  store::SystemClock clock;
  crypto::SystemRng rng;
  const auto beside = open_data_folder(folder_->path() / "data", IfAbsent::refuse, clock, rng);
  ASSERT_TRUE(beside);
  ASSERT_TRUE(beside->audit_log->record(
      {"device.add", AccountId::from_hex(dora.account).value(), "account:" + dora.account, ""}));
  EXPECT_EQ(entries(), std::set<std::string>{"device.add"});
}

TEST_F(ServerTest, ARefusedAccessStandsInTheAuditLogOnceInAMinute) {
  const auto curious = sign_up("curious", accounts::Role::reviewer);
  const auto refusals = [&] {
    return std::ranges::count_if(audit(), [&](const json& one) {
      return one["action"] == "access.refused" && one["detail"] == "GET /api/v1/audit" &&
             one["actor"]["account"] == curious.account;
    });
  };
  EXPECT_EQ(refusals(), 0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(call("GET", "/api/v1/audit", &curious).status, 403);
  }
  EXPECT_EQ(refusals(), 1);
}

}  // namespace
}  // namespace lightkeeper::service
