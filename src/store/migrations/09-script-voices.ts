export default `
-- The voices that were found for the <voice> elements of SSML, by wish. JSON.
alter table jobs add column script_voices text;
`;
